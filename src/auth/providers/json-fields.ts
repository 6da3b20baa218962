import { duration } from '../../config/index.js';
import { isRecord } from '../../delivery/index.js';

interface Range {
  readonly min: number;
  readonly max: number;
  readonly fallback: number;
}

/**
 * Reads the fields of one JSON object and notes everything that is wrong with it, by path. What it returns for a bad
 * field is a stand-in: once there are faults nothing of it is used. Values are never repeated, they may be secrets.
 */
export class JsonFields {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #known = new Set<string>();

  constructor(
    values: unknown,
    readonly path: string,
    readonly faults: string[],
  ) {
    if (!isRecord(values)) faults.push(`${path} must be an object`);
    this.#values = new Map(isRecord(values) ? Object.entries(values) : []);
  }

  has(key: string): boolean {
    return this.#take(key) !== undefined;
  }

  text(key: string, fallback?: string): string {
    const value = this.#take(key) ?? fallback;
    if (typeof value === 'string' && value !== '') return value;
    this.fault(key, 'must be a text that is not empty');
    return '';
  }

  /** One of the names; what it falls back to when it is none of them. */
  oneOf<T extends string, F extends T | undefined>(key: string, names: readonly T[], fallback: F): T | F {
    const value = this.#take(key) ?? fallback;
    const name = names.find((candidate) => candidate === value);
    if (name === undefined) this.fault(key, `must be one of ${names.join(', ')}`);
    return name ?? fallback;
  }

  flag(key: string): boolean {
    const value = this.#take(key) ?? false;
    if (typeof value !== 'boolean') this.fault(key, 'must be true or false');
    return value === true;
  }

  optionalText(key: string): string | undefined {
    return this.has(key) ? this.text(key) : undefined;
  }

  /** A list of texts; one text alone counts as a list of it. */
  texts(key: string): readonly string[] | undefined {
    const value = this.#take(key);
    if (value === undefined) return undefined;
    const list: unknown[] = Array.isArray(value) ? value : [value];
    if (list.every((item): item is string => typeof item === 'string' && item !== '')) return list;
    this.fault(key, 'must be a list of texts');
    return undefined;
  }

  url(key: string): string {
    const value = this.#take(key);
    const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
    if (!url || !['http:', 'https:'].includes(url.protocol)) this.fault(key, 'must be an http(s) URL');
    else if (url.username || url.password) this.fault(key, 'must not contain a user name or password');
    return url?.href ?? '';
  }

  integer(key: string, range: Range): number {
    return this.#number(key, this.#take(key) ?? range.fallback, range, `an integer`, Number.isInteger);
  }

  /** A duration as text (`5s`) or as a number of seconds; returns milliseconds. */
  duration(key: string, range: Range): number {
    const value = this.#take(key);
    const limits = `a duration such as 5s, in milliseconds`;
    return this.#number(
      key,
      value === undefined ? range.fallback : millisecondsOf(value),
      range,
      limits,
      Number.isFinite,
    );
  }

  /** The entries of an object whose keys are data, not settings. */
  entries(key: string): readonly (readonly [string, unknown])[] {
    const value = this.#take(key);
    if (isRecord(value)) return Object.entries(value);
    this.fault(key, 'must be an object');
    return [];
  }

  fault(key: string, sentence: string): void {
    this.faults.push(`${this.path}.${key} ${sentence}`);
  }

  /** Faults the fields that nobody has read; call it last. */
  refuseOthers(): void {
    const names = [...this.#known].join(', ');
    for (const key of this.#values.keys()) {
      if (!this.#known.has(key)) this.fault(key, `is no setting here; there are ${names}`);
    }
  }

  #take(key: string): unknown {
    this.#known.add(key);
    return this.#values.get(key) ?? undefined;
  }

  #number(key: string, value: unknown, range: Range, kind: string, fits: (value: unknown) => boolean): number {
    if (fits(value) && (value as number) >= range.min && (value as number) <= range.max) return value as number;
    this.fault(key, `must be ${kind} from ${range.min} to ${range.max}`);
    return range.fallback;
  }
}

function millisecondsOf(value: unknown): number {
  try {
    return duration(String(value));
  } catch {
    return Number.NaN;
  }
}
