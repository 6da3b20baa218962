import { validateSync } from 'class-validator';
import { settingsOf, type SettingSpec, type SettingsClass } from './setting.decorator.js';

/** What Kubernetes puts into every pod beside a Service named `hermes` or `hermes-…`, and what the terminal client reads. */
const NOT_OURS = /^HERMES_(TOKEN|(\w+_)?(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_\w+))$/;
/** The same of Kubernetes, under a name that is ours. */
const SERVICE_LINK = /^(tcp|udp|sctp):\/\//;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Every section by the name of its class, frozen: the shape `ConfigService` serves. */
export type Settings = Readonly<Record<string, object>>;

/** The environment does not describe a runnable Hermes; `faults` lists everything that is wrong with it. */
export class ConfigurationError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(
      `Hermes cannot start: ${faults.length} setting${faults.length === 1 ? '' : 's'} to mend\n` +
        faults.map((fault) => `  ${fault}`).join('\n'),
    );
    this.name = 'ConfigurationError';
  }
}

/** A section that has rules over several of its settings adds this method; each sentence is one fault. */
export interface CrossChecked {
  faults(): string[];
}

/**
 * Reads the whole environment once.
 *
 * @throws {ConfigurationError} with every fault at once: unknown `HERMES_` names, unreadable and forbidden values
 */
export function readSettings(environment: Environment, sections: readonly SettingsClass[]): Settings {
  const faults = unknownNames(environment, sections);
  const settings: Record<string, object> = {};
  for (const section of sections) settings[section.name] = readSection(environment, section, faults);
  if (faults.length > 0) throw new ConfigurationError(faults);
  return Object.freeze(settings);
}

function readSection(environment: Environment, section: SettingsClass, faults: string[]): object {
  const values = new section();
  const specs = settingsOf(section);
  const unreadable = new Set<string>();
  for (const spec of specs) {
    const text = environment[spec.variable]?.trim();
    if (text === undefined || text === '') continue;
    try {
      Reflect.set(values, spec.property, spec.parse(text));
    } catch (error) {
      unreadable.add(spec.property);
      faults.push(`${spec.variable}: ${messageOf(error)}${received(spec, text)}${linkHint(spec, text)}`);
    }
  }
  for (const fault of validateSync(values, { forbidUnknownValues: false })) {
    const spec = specs.find(({ property }) => property === fault.property);
    if (!spec || unreadable.has(fault.property)) continue;
    for (const message of Object.values(fault.constraints ?? {})) {
      faults.push(`${spec.variable}: ${withoutSubject(message, spec)}${received(spec, environment[spec.variable])}`);
    }
  }
  if (unreadable.size === 0 && isCrossChecked(values)) faults.push(...values.faults());
  return Object.freeze(values);
}

function unknownNames(environment: Environment, sections: readonly SettingsClass[]): string[] {
  const known = new Set(sections.flatMap((section) => settingsOf(section).map(({ variable }) => variable)));
  return Object.keys(environment)
    .filter((name) => name.startsWith('HERMES_') && !known.has(name) && !NOT_OURS.test(name))
    .map((name) => {
      const nearest = nearestOf(name, known);
      return `${name}: no such setting${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
    });
}

function isCrossChecked(values: object): values is CrossChecked {
  return 'faults' in values && typeof values.faults === 'function';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function withoutSubject(message: string, { property }: SettingSpec): string {
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}

function received(spec: SettingSpec, text: string | undefined): string {
  return spec.secret || text === undefined ? '' : `, got ${JSON.stringify(text)}`;
}

function linkHint({ variable }: SettingSpec, text: string): string {
  if (!variable.endsWith('_PORT') || !SERVICE_LINK.test(text)) return '';
  const service = variable
    .replace(/_PORT$/, '')
    .toLowerCase()
    .replaceAll('_', '-');
  return `, which Kubernetes sets for a Service named ${service}: give the pod enableServiceLinks: false, or set ${variable}`;
}

/** The known name that is most like the given one, when it is like it at all. */
function nearestOf(name: string, known: Iterable<string>): string | undefined {
  const [nearest] = [...known]
    .map((candidate) => ({ candidate, slips: distance(candidate, name) }))
    .filter(({ slips }) => slips <= 3)
    .sort((a, b) => a.slips - b.slips);
  return nearest?.candidate;
}

/** Levenshtein distance, for names a slip of the finger apart. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
