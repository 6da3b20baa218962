/** `https://app.example.com`, `capacitor://localhost`, `file://`: scheme and authority, and nothing else. */
const ORIGIN = /^([a-z][a-z0-9+.-]*:)\/\/[^\s/?#@\\]*$/;
const WEB = /^https?:$/;
const STARRED = /^(https?:\/\/)\*\.([^*]+)$/;

/**
 * An origin in the one form in which origins are compared: small letters, no default port, no dot at the end of the host.
 *
 * @returns undefined when the text is no origin
 */
export function readOrigin(text: string): string | undefined {
  const lower = text.toLowerCase();
  if (lower === 'null') return lower;
  const scheme = ORIGIN.exec(lower)?.[1];
  if (scheme === undefined) return undefined;
  // Only origins of the web have hosts and ports that are compared; those of apps and extensions are names.
  if (!WEB.test(scheme)) return lower;
  if (!URL.canParse(lower)) return undefined;
  const { hostname, port } = new URL(lower);
  return `${scheme}//${hostname.replace(/\.$/, '')}${port === '' ? '' : `:${port}`}`;
}

/** Which origins an operator allows. */
export interface OriginList {
  has(origin: string): boolean;
}

/**
 * Reads the entries of `HERMES_ALLOWED_ORIGINS`: origins, `https://*.example.com` for everything below a domain, or `*`.
 *
 * @throws Error with a sentence that names the entry and what is wrong with it
 */
export function readOriginList(entries: readonly string[]): OriginList {
  const exact = new Set<string>();
  const below: { readonly scheme: string; readonly end: string }[] = [];
  let all = false;
  for (const entry of entries) {
    if (entry === '*') all = true;
    else if (entry.includes('*')) below.push(readStarred(entry));
    else exact.add(readEntry(entry));
  }
  return {
    has: (origin) =>
      all ||
      exact.has(origin) ||
      below.some(
        ({ scheme, end }) =>
          origin.length > scheme.length + end.length && origin.startsWith(scheme) && origin.endsWith(end),
      ),
  };
}

function readEntry(entry: string): string {
  const origin = readOrigin(entry);
  if (origin !== undefined) return origin;
  throw new Error(`must be origins such as https://app.example.com, ${JSON.stringify(entry)} is none`);
}

function readStarred(entry: string): { scheme: string; end: string } {
  const [, scheme = '', rest = ''] = STARRED.exec(entry.toLowerCase()) ?? [];
  const origin = readOrigin(scheme + rest);
  const host = origin?.slice(scheme.length).replace(/:\d+$/, '') ?? '';
  // A star before a whole top level would let anybody in who can buy a name, and addresses have nothing below them.
  const isDomain = host === 'localhost' || (host.includes('.') && !/^[[\d.]+$/.test(host));
  if (origin !== undefined && isDomain) return { scheme, end: `.${origin.slice(scheme.length)}` };
  throw new Error(
    `${JSON.stringify(entry)} has a * where none may be: only https://*.example.com, all below a domain, and * alone`,
  );
}
