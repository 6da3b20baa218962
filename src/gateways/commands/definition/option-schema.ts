import { Fields } from './fields.js';

/** A text and a number may both be meant by an id: `scalar` takes either. */
const TYPES = ['string', 'scalar', 'integer', 'number', 'boolean', 'array', 'object'] as const;

interface Bounds {
  readonly required: boolean;
  /** Of a number its value, of a text its length, of an array its number of items. */
  readonly min: number;
  readonly max: number;
}

export interface ScalarSchema extends Bounds {
  readonly type: Exclude<(typeof TYPES)[number], 'array' | 'object'>;
  /** The only values there are; undefined for no such list. */
  readonly enum: readonly unknown[] | undefined;
}

export interface ArraySchema extends Bounds {
  readonly type: 'array';
  readonly of: OptionSchema;
}

export interface ObjectSchema {
  readonly type: 'object';
  readonly required: boolean;
  readonly fields: ReadonlyMap<string, OptionSchema>;
}

/** What an option of a command may be. */
export type OptionSchema = ScalarSchema | ArraySchema | ObjectSchema;

const NAME = /^[A-Za-z][\w-]*$/;

/** Reads the members of `key`, each of them the name of an option with its schema. */
export function readOptionSchemas(parent: Fields, key: string): ReadonlyMap<string, OptionSchema> {
  const schemas = new Map<string, OptionSchema>();
  for (const [name, value] of parent.entries(key)) {
    const path = `${parent.pathOf(key)}.${name}`;
    if (!NAME.test(name)) parent.faults.push(`${path} must be a letter, then letters, digits, _ or -`);
    schemas.set(name, readOptionSchema(new Fields(value, path, parent.faults)));
  }
  return schemas;
}

function readOptionSchema(fields: Fields): OptionSchema {
  const type = fields.oneOf('type', TYPES) ?? 'string';
  const required = fields.flag('required');
  const schema = schemaOf(type, required, fields);
  fields.refuseOthers();
  return schema;
}

function schemaOf(type: OptionSchema['type'], required: boolean, fields: Fields): OptionSchema {
  switch (type) {
    case 'object':
      return { type, required, fields: readOptionSchemas(fields, 'fields') };
    case 'array':
      return { type, required, of: readOptionSchema(fields.fields('of')), ...boundsOf(fields, 0) };
    default:
      return { type, required, enum: fields.list('enum'), ...boundsOf(fields, Number.NEGATIVE_INFINITY) };
  }
}

function boundsOf(fields: Fields, least: number): { min: number; max: number } {
  const min = fields.optionalNumber('min') ?? least;
  const max = fields.optionalNumber('max') ?? Number.POSITIVE_INFINITY;
  if (min > max) fields.fault('min', 'must not be above max');
  return { min, max };
}
