import { isScalar, valueOf, type Reference, type Scope, type TemplateCompiler } from './template.js';

/**
 * The address of a back end with blanks in its path. Host and scheme have none, and what fills a blank stays within its
 * segment: nothing that a client sends leads anywhere else.
 */
export interface UrlTemplate {
  /** Scheme, host and port. */
  readonly origin: string;
  /** @returns undefined when a value cannot stand in a path */
  fillIn(scope: Scope): string | undefined;
}

const NOWHERE: UrlTemplate = { origin: '', fillIn: () => undefined };

export function readUrlTemplate(text: string, path: string, compiler: TemplateCompiler, faults: string[]): UrlTemplate {
  const sentence = faultOf(text);
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
  return { origin: new URL(parts.join('x')).origin, fillIn: (scope) => fill(parts, blanks, scope) };
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

function fill(parts: readonly string[], blanks: readonly (Reference | undefined)[], scope: Scope): string | undefined {
  let url = '';
  for (const [index, part] of parts.entries()) {
    const blank = blanks[index];
    const filled = blank === undefined ? part : segment(valueOf(blank, scope));
    if (filled === undefined) return undefined;
    url += filled;
  }
  return url;
}

/** One path segment, or part of one: slashes are escaped, and neither dot segments nor half characters get through. */
function segment(value: unknown): string | undefined {
  const text = String(value);
  if (value === undefined || /^\.{0,2}$/.test(text) || /\p{Surrogate}/u.test(text)) return undefined;
  return encodeURIComponent(text);
}

function faultOf(text: string): string | undefined {
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
