import type { ObjectSchema, OptionSchema } from './option-schema.js';
import type { Options } from './read-options.js';

/** What a template is filled with. */
export interface Scope {
  /** Validated. */
  readonly options: Options;
  /** Undefined for a guest. */
  readonly user: { readonly id: string } | undefined;
  /** What the back end answered; undefined before it did. */
  readonly answer: unknown;
}

/** A value with blanks in it. What is filled with something absent is absent itself (undefined). */
export type Template = (scope: Scope) => unknown;

/** What `{…}` refers to: one of the roots of the scope, and the way down from there. */
export interface Reference {
  readonly text: string;
  readonly root: keyof Scope;
  readonly path: readonly string[];
  /** Of an option: what it may be. */
  readonly schema: OptionSchema | undefined;
  /** Whether it always has a value where the template is filled. */
  readonly certain: boolean;
}

const BLANK = /\{([^{}]*)\}/g;

/** Makes templates of the values in one command's definition, and checks that all they refer to is declared. */
export class TemplateCompiler {
  /** Whether some template needs to know the user: such a command is none for guests. */
  usesUser = false;

  constructor(
    private readonly options: ObjectSchema,
    private readonly faults: string[],
  ) {}

  /** @param roots what may be referred to here */
  compile(value: unknown, path: string, roots: readonly (keyof Scope)[]): Template {
    if (typeof value === 'string') return this.#text(value, path, roots);
    if (Array.isArray(value)) {
      const items = value.map((item, index) => this.compile(item, `${path}[${index}]`, roots));
      return (scope) => items.map((item) => item(scope)).filter((item) => item !== undefined);
    }
    if (typeof value !== 'object' || value === null) return () => value;
    const members = Object.entries(value).map(
      ([name, member]) => [name, this.compile(member, `${path}.${name}`, roots)] as const,
    );
    return (scope) =>
      Object.fromEntries(
        members.map(([name, member]) => [name, member(scope)]).filter(([, filled]) => filled !== undefined),
      );
  }

  /** Reads what stands between two braces. */
  refer(text: string, path: string, roots: readonly (keyof Scope)[]): Reference | undefined {
    const [root = '', ...way] = text.split('.');
    if (!isRoot(root) || !roots.includes(root)) {
      this.faults.push(`${path}: {${text}} must begin with ${roots.join(' or ')}`);
      return undefined;
    }
    if (root === 'user') return this.#user(text, path);
    if (root === 'answer') return { text, root, path: way, schema: undefined, certain: false };
    const declared = this.#declared(way);
    if (declared === undefined) this.faults.push(`${path}: {${text}} is not among the declared options`);
    return { text, root, path: way, schema: declared?.schema, certain: declared?.certain ?? false };
  }

  /** Where the user may be absent, the command is for guests too. */
  #user(text: string, path: string): Reference {
    const certain = text !== 'user.id?';
    if (certain) this.usesUser = true;
    if (certain && text !== 'user.id') this.faults.push(`${path}: {${text}} must be {user.id} or {user.id?}`);
    return { text, root: 'user', path: ['id'], schema: undefined, certain };
  }

  #text(text: string, path: string, roots: readonly (keyof Scope)[]): Template {
    const parts = text.split(BLANK);
    const references = parts.map((part, index) => (index % 2 === 1 ? this.refer(part, path, roots) : undefined));
    const [only] = references.filter((reference) => reference !== undefined);
    if (only !== undefined && text === `{${only.text}}`) return (scope) => valueOf(only, scope);
    for (const reference of references) {
      if (reference?.schema !== undefined && !isScalar(reference.schema)) {
        this.faults.push(`${path}: {${reference.text}} must be neither array nor object inside a text`);
      }
    }
    return (scope) => {
      const filled = parts.map((part, index) => (references[index] ? valueOf(references[index], scope) : part));
      return filled.includes(undefined) ? undefined : filled.join('');
    };
  }

  #declared(way: readonly string[]): { schema: OptionSchema; certain: boolean } | undefined {
    let schema: OptionSchema = this.options;
    let certain = true;
    for (const name of way) {
      const member: OptionSchema | undefined = schema.type === 'object' ? schema.fields.get(name) : undefined;
      if (member === undefined) return undefined;
      schema = member;
      certain &&= member.required;
    }
    return { schema, certain };
  }
}

export function valueOf({ root, path }: Reference, scope: Scope): unknown {
  let value: unknown = scope[root];
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Options)[name];
  }
  return value;
}

export function isScalar({ type }: OptionSchema): boolean {
  return type !== 'array' && type !== 'object';
}

function isRoot(text: string): text is keyof Scope {
  return text === 'options' || text === 'user' || text === 'answer';
}
