import { isScalar, valueOf, type Reference, type Scope, type TemplateCompiler } from './template.js';

/**
 * The address of a back end with blanks in its path. Host and scheme have none, and what fills a blank stays within its
 * segment: nothing that a client sends leads anywhere else.
 */
export interface UrlTemplate {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Names the value that cannot stand in a path; undefined when all can. */
  faultOf(scope: Scope): string | undefined;
  /** @returns undefined when a value cannot stand in a path */
  fillIn(scope: Scope): string | undefined;
}

const NOWHERE: UrlTemplate = { origin: '', faultOf: () => undefined, fillIn: () => undefined };

/**
 * What some proxy or back end takes for the end of a segment, once it has decoded the path; a second time, where two of them
 * decode it.
 */
const ENDS_SEGMENT = /[/\\\p{Cc}\p{Surrogate}]|%(?:2f|5c|[01][\da-f]|7f)/iu;
const DOTS = /^\.{0,2}$/;

export function readUrlTemplate(text: string, path: string, compiler: TemplateCompiler, faults: string[]): UrlTemplate {
  const sentence = faultOfTemplate(text);
  if (sentence !== undefined) {
    faults.push(`${path} ${sentence}`);
    return NOWHERE;
  }
  const parts = text.split(/\{([^{}]*)\}/);
  const blanks = parts.map((part, index) => {
    const reference = index % 2 === 1 ? compiler.refer(part, path, ['options', 'user']) : undefined;
    if (reference && !fits(reference)) faults.push(`${path}: {${part}} must ${RULES[reference.root]}`);
    return reference;
  });
  const faultOf = (scope: Scope): string | undefined => faultOfSegments(blanks, scope);
  return {
    origin: new URL(parts.join('x')).origin,
    faultOf,
    fillIn: (scope) => (faultOf(scope) === undefined ? fill(parts, blanks, scope) : undefined),
  };
}

const RULES: Readonly<Record<Reference['root'], string>> = {
  options: 'be required, and neither array nor object',
  user: 'be {user.id}: a path cannot do without',
  answer: 'not be in an address',
};

/** What is not declared has a fault already. */
function fits({ root, schema, certain }: Reference): boolean {
  return root === 'user' ? certain : schema === undefined || (certain && isScalar(schema));
}

type Blanks = readonly (Reference | undefined)[];

function fill(parts: readonly string[], blanks: Blanks, scope: Scope): string {
  const filled = parts.map((part, index) => {
    const blank = blanks[index];
    return blank === undefined ? part : encodeURIComponent(textOf(blank, scope));
  });
  return filled.join('');
}

function faultOfSegments(blanks: Blanks, scope: Scope): string | undefined {
  for (const blank of blanks) {
    const fault = blank && faultOfSegment(textOf(blank, scope));
    if (fault !== undefined) return `${blank?.text} ${fault}`;
  }
  return undefined;
}

function textOf(blank: Reference, scope: Scope): string {
  return String(valueOf(blank, scope) ?? '');
}

/** What keeps a text from being one path segment, or a part of one. */
function faultOfSegment(text: string): string | undefined {
  if (DOTS.test(text)) return 'must not be empty, "." or "..": it stands in the path of a URL';
  if (!ENDS_SEGMENT.test(text)) return undefined;
  return 'must not contain a slash, backslash, control or half character, escaped or not: it stands in the path of a URL';
}

function faultOfTemplate(text: string): string | undefined {
  const tried = text.replaceAll(/\{[^{}]*\}/g, 'x');
  if (!URL.canParse(tried)) return 'must be a URL';
  const { protocol, username, password, hash } = new URL(tried);
  if (protocol !== 'http:' && protocol !== 'https:') return 'must be an http(s) URL';
  if (username !== '' || password !== '') return 'must not contain a user name or password';
  if (hash !== '') return 'must not contain a #';
  if (!/^https?:\/\/[^/?#{}\\]+(?:[/?]|$)/i.test(text)) return 'must not contain { } before its path';
  if (/\?.*[{}]/s.test(text.replaceAll(/\{[^{}]*\}/g, '{}'))) return 'must not contain { } behind the ?: use query';
  return /[{}]/.test(tried) ? 'must close every { with a }' : undefined;
}
