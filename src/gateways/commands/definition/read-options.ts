import { isRecord } from '../../../delivery/index.js';
import type { ArraySchema, ObjectSchema, OptionSchema, ScalarSchema } from './option-schema.js';

export type Options = Readonly<Record<string, unknown>>;

export type OptionsRead =
  { readonly ok: true; readonly options: Options } | { readonly ok: false; readonly faults: readonly string[] };

/** Enough to mend a request by; a long array of wrong items shall not make a long answer. */
const MAX_FAULTS = 8;

/** Reads what a client sent: the declared options and nothing else, or the names of those that are wrong. */
export function readOptions(schema: ObjectSchema, given: unknown): OptionsRead {
  const faults: string[] = [];
  const options = readObject(schema, given as object, 'options', faults);
  return faults.length === 0 ? { ok: true, options } : { ok: false, faults: faults.slice(0, MAX_FAULTS) };
}

function read(schema: OptionSchema, value: unknown, path: string, faults: string[]): unknown {
  switch (schema.type) {
    case 'object':
      if (isRecord(value)) return readObject(schema, value, path, faults);
      faults.push(`${path} must be an object`);
      return undefined;
    case 'array':
      return readArray(schema, value, path, faults);
    default:
      return readScalar(schema, value, path, faults);
  }
}

/** Null is read as absent: some clients write out what they do not set. */
function readObject({ fields }: ObjectSchema, given: object, path: string, faults: string[]): Options {
  const readMember = ([name, schema]: readonly [string, OptionSchema]): [string, unknown][] => {
    const value = Object.hasOwn(given, name) ? (given as Options)[name] : undefined;
    if (value !== undefined && value !== null) return [[name, read(schema, value, `${path}.${name}`, faults)]];
    if (schema.required) faults.push(`${path}.${name} is required`);
    return [];
  };
  return Object.fromEntries([...fields].flatMap(readMember));
}

function readArray({ of, min, max }: ArraySchema, value: unknown, path: string, faults: string[]): unknown {
  if (!Array.isArray(value)) {
    faults.push(`${path} must be an array`);
    return undefined;
  }
  if (value.length < min) faults.push(`${path} must have at least ${min} items`);
  if (value.length > max) faults.push(`${path} must have at most ${max} items`);
  const items: unknown[] = [];
  for (const [index, item] of value.entries()) {
    if (faults.length >= MAX_FAULTS) break;
    items.push(read(of, item, `${path}[${index}]`, faults));
  }
  return items;
}

function readScalar(schema: ScalarSchema, value: unknown, path: string, faults: string[]): unknown {
  if (!isOfType(schema.type, value)) faults.push(`${path} must be ${NAMES[schema.type]}`);
  else if (schema.enum !== undefined && !schema.enum.includes(value)) {
    faults.push(`${path} must be one of ${schema.enum.join(', ')}`);
  } else checkBounds(schema, value, path, faults);
  return value;
}

function checkBounds({ min, max }: ScalarSchema, value: unknown, path: string, faults: string[]): void {
  const [size, unit] = typeof value === 'string' ? [value.length, ' characters'] : [Number(value), ''];
  if (size < min) faults.push(`${path} must be at least ${min}${unit}`);
  if (size > max) faults.push(`${path} must be at most ${max}${unit}`);
}

const NAMES: Readonly<Record<ScalarSchema['type'], string>> = {
  string: 'a string',
  scalar: 'a string or a number',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
};

function isOfType(type: ScalarSchema['type'], value: unknown): boolean {
  switch (type) {
    case 'integer':
      return Number.isSafeInteger(value);
    case 'number':
      return Number.isFinite(value);
    case 'scalar':
      return typeof value === 'string' || Number.isFinite(value);
    default:
      return typeof value === type;
  }
}
