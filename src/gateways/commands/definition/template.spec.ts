import * as fc from 'fast-check';
import type { ObjectSchema, OptionSchema } from './option-schema.js';
import { TemplateCompiler, type Scope, type Template } from './template.js';
import { readUrlTemplate } from './url-template.js';

const NONE = Number.NEGATIVE_INFINITY;
const MANY = Number.POSITIVE_INFINITY;

function scalar(type: 'string' | 'scalar' | 'integer', required = true): OptionSchema {
  return { type, required, enum: undefined, min: NONE, max: MANY };
}

const OPTIONS: ObjectSchema = {
  type: 'object',
  required: true,
  fields: new Map<string, OptionSchema>([
    ['name', scalar('scalar')],
    ['limit', scalar('integer', false)],
    ['tags', { type: 'array', required: false, of: scalar('string'), min: 0, max: MANY }],
    ['where', { type: 'object', required: false, fields: new Map([['id', scalar('string')]]) }],
  ]),
};

function template(value: unknown): Template {
  const faults: string[] = [];
  const compiled = new TemplateCompiler(OPTIONS, faults).compile(value, 'it', ['options', 'user', 'answer']);
  expect(faults).toEqual([]);
  return compiled;
}

function fill(value: unknown, scope: Partial<Scope> = {}): unknown {
  return template(value)({ options: {}, user: { id: 'ada' }, answer: undefined, ...scope });
}

describe('a template', () => {
  it('keeps the type of what fills it alone, and makes text of it among text', () => {
    expect(fill('{options.limit}', { options: { limit: 7 } })).toBe(7);
    expect(fill('{options.tags}', { options: { tags: ['a'] } })).toEqual(['a']);
    expect(fill('at most {options.limit}, {user.id}', { options: { limit: 7 } })).toBe('at most 7, ada');
  });

  it('leaves out what is absent', () => {
    const value = { a: '{options.limit}', b: ['{options.name}', 1, null], c: { d: 'x{options.name}' }, e: false };

    expect(fill(value)).toEqual({ b: [1, null], c: {}, e: false });
    expect(fill('{options.where.id}')).toBeUndefined();
  });

  it('reads the answer by its own members only', () => {
    expect(fill('{answer.a.b}', { answer: { a: { b: null } } })).toBeNull();
    for (const way of ['constructor', '__proto__', 'a.toString', 'b.length']) {
      expect(fill(`{answer.${way}}`, { answer: { a: {}, b: 'text' } })).toBeUndefined();
    }
  });

  it('notes whether it needs the user', () => {
    const compiler = new TemplateCompiler(OPTIONS, []);
    compiler.compile('{options.name}', 'it', ['options', 'user']);
    expect(compiler.usesUser).toBe(false);
    compiler.compile({ a: ['{user.id}'] }, 'it', ['options', 'user']);
    expect(compiler.usesUser).toBe(true);
  });
});

describe('a URL template', () => {
  const url = readUrlTemplate(
    'https://a.example:8443/v1/x{options.name}/end?fixed=1',
    'url',
    new TemplateCompiler(OPTIONS, []),
    [],
  );

  it('leads to its own host and path, whatever it is filled with', () => {
    expect(url.origin).toBe('https://a.example:8443');
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.double(), fc.constantFrom('..', '/..', '\\', '%2e', '\t'));
    fc.assert(
      fc.property(value, (name) => {
        const filled = url.fillIn({ options: { name }, user: undefined, answer: undefined });
        if (filled === undefined) return;
        const { origin, pathname, search, hash } = new URL(filled);
        const [, version, blank, end, more] = pathname.split('/');

        expect([origin, version, end, more, search, hash]).toEqual([
          url.origin,
          'v1',
          'end',
          undefined,
          '?fixed=1',
          '',
        ]);
        expect(decodeURIComponent(blank ?? '')).toBe(`x${name}`);
      }),
    );
  });

  it.each([
    '..%2F..%2Fadmin',
    '../../admin',
    '..\\admin',
    'a/b',
    'a%5Cb',
    'a%5cb',
    '%00',
    'a\0b',
    'a\r\nb',
    '\u0085',
    'a\ud800',
  ])('takes no %j, which some proxy would take for the end of a segment, and names it', (name) => {
    const scope = { options: { name }, user: undefined, answer: undefined };
    expect(url.fillIn(scope)).toBeUndefined();
    expect(url.faultOf(scope)).toMatch(/^options\.name must not contain a slash/);
  });

  it.each(['..', '', '100%', 'a.b', 'ä b', '?x=1#y', '%2e'])('says nothing against %j among other text', (name) => {
    const scope = { options: { name: `x${name}` }, user: undefined, answer: undefined };
    expect(url.faultOf(scope)).toBeUndefined();
    expect(url.fillIn(scope)).toBe(`https://a.example:8443/v1/xx${encodeURIComponent(name)}/end?fixed=1`);
  });
});
