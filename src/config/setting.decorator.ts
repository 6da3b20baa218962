import 'reflect-metadata';

/** Turns the text of one environment variable into its value; throws an Error whose message says what is expected. */
export type ParseSetting = (text: string) => unknown;

export interface SettingOptions {
  /** Reads the text. Without it the declared type decides: string, number or boolean. */
  readonly parse?: ParseSetting;
  /** The value is never repeated in an error. */
  readonly secret?: boolean;
}

export interface SettingSpec extends SettingOptions {
  readonly variable: string;
  readonly property: string;
  readonly about: string;
  readonly parse: ParseSetting;
}

/** A class whose properties are marked with {@link Setting}; its initialisers are the defaults. */
export type SettingsClass<T extends object = object> = new () => T;

const SETTINGS = Symbol('hermes:settings');

/**
 * Binds a property to one environment variable. Class-validator decorators beside it say which values are allowed;
 * the initialiser is the default.
 *
 * @param about what the variable means, one line, as the configuration table of the README shows it
 */
export function Setting(
  variable: `HERMES_${string}`,
  about: string,
  options: SettingOptions = {},
): (target: object, property: string) => void {
  return (target, property) => {
    const parse = options.parse ?? parserOf(Reflect.getMetadata('design:type', target, property));
    const specs: SettingSpec[] = Reflect.getOwnMetadata(SETTINGS, target.constructor) ?? [];
    specs.push({ ...options, variable, property, about, parse });
    Reflect.defineMetadata(SETTINGS, specs, target.constructor);
  };
}

export function settingsOf(section: SettingsClass): readonly SettingSpec[] {
  return Reflect.getOwnMetadata(SETTINGS, section) ?? [];
}

function parserOf(type: unknown): ParseSetting {
  switch (type) {
    case Number:
      return numberOf;
    case Boolean:
      return booleanOf;
    case String:
      return (text) => text;
    default:
      throw new Error('a setting that is not a string, number or boolean names its own parser');
  }
}

function numberOf(text: string): number {
  if (!/^-?\d+(\.\d+)?$/.test(text)) throw new Error('must be a number');
  return Number(text);
}

function booleanOf(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new Error('must be true or false');
  return text === 'true';
}
