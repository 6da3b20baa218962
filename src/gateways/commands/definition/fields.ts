import { isRecord } from '../../../delivery/index.js';

/**
 * Reads the members of one object of the commands file and notes everything that is wrong with it, by path. What it
 * returns for a bad member is a stand-in: once there are faults nothing of it is used.
 */
export class Fields {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #known = new Set<string>();

  constructor(
    value: unknown,
    readonly path: string,
    readonly faults: string[],
  ) {
    if (!isRecord(value)) faults.push(`${path || 'the file'} must be an object`);
    this.#values = new Map(isRecord(value) ? Object.entries(value) : []);
  }

  /** Whether the member is there at all; null counts. */
  has(key: string): boolean {
    this.#known.add(key);
    return this.#values.has(key);
  }

  value(key: string): unknown {
    this.#known.add(key);
    return this.#values.get(key);
  }

  text(key: string): string {
    const value = this.value(key);
    if (typeof value === 'string' && value !== '') return value;
    this.fault(key, 'must be a text that is not empty');
    return '';
  }

  optionalText(key: string): string | undefined {
    return this.has(key) ? this.text(key) : undefined;
  }

  oneOf<T extends string>(key: string, names: readonly T[], fallback?: T): T | undefined {
    const value = this.value(key) ?? fallback;
    const name = names.find((candidate) => candidate === value);
    if (name === undefined) this.fault(key, `must be one of ${names.join(', ')}`);
    return name;
  }

  flag(key: string): boolean {
    const value = this.value(key) ?? false;
    if (typeof value !== 'boolean') this.fault(key, 'must be true or false');
    return value === true;
  }

  optionalNumber(key: string): number | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    this.fault(key, 'must be a number');
    return undefined;
  }

  list(key: string): readonly unknown[] | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.length > 0) return value;
    this.fault(key, 'must be a list that is not empty');
    return undefined;
  }

  texts(key: string): readonly string[] | undefined {
    const list = this.list(key);
    if (list === undefined || list.every((item): item is string => typeof item === 'string')) return list;
    this.fault(key, 'must be a list of texts');
    return undefined;
  }

  /** The members of an object whose keys are names, not settings; none when it is absent. */
  entries(key: string): readonly (readonly [string, unknown])[] {
    const value = this.value(key);
    if (value === undefined) return [];
    if (isRecord(value)) return Object.entries(value);
    this.fault(key, 'must be an object');
    return [];
  }

  /** A member that is an object itself. */
  fields(key: string): Fields {
    return new Fields(this.value(key), this.pathOf(key), this.faults);
  }

  pathOf(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }

  fault(key: string, sentence: string): void {
    this.faults.push(`${this.pathOf(key)} ${sentence}`);
  }

  /** Faults the members that nobody has read; call it last. */
  refuseOthers(): void {
    const names = [...this.#known].join(', ');
    for (const key of this.#values.keys()) {
      if (!this.#known.has(key)) this.fault(key, `is no setting here; there are ${names}`);
    }
  }
}
