import { readFileSync } from 'node:fs';
import { JsonFields } from './json-fields.js';
import { readProviderConfig, type ProviderConfig } from './provider-config.js';

// Each fault is a line of its own in the list of faults, and each says which variable it is about.
const NEXT_FAULT = '\n  HERMES_AUTH_PROVIDERS: ';

/**
 * Reads `HERMES_AUTH_PROVIDERS`: JSON text, or the path of a file with it.
 *
 * @throws with every fault at once; no value is repeated, because any of them may be a secret in the wrong place
 */
export function readAuthProviders(text: string): ReadonlyMap<string, ProviderConfig> {
  const faults: string[] = [];
  const providers = new Map<string, ProviderConfig>();
  const origins = parseJson(text.startsWith('{') ? text : readText(text));
  if (typeof origins !== 'object' || origins === null || Array.isArray(origins)) {
    throw new Error('must be an object with one entry for each origin');
  }
  for (const [origin, values] of Object.entries(origins)) {
    if (origin === '') faults.push('an origin must have a name');
    const before = faults.length;
    const fields = new JsonFields(values, origin, faults);
    const config = faults.length === before ? readProviderConfig(fields) : undefined;
    if (config) providers.set(origin, config);
  }
  if (faults.length > 0) throw new Error(faults.join(NEXT_FAULT));
  return providers;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    // The text is not repeated: it may be JSON with keys in it whose first brace was lost.
    // oxlint-disable-next-line preserve-caught-error -- a cause would be printed with it
    throw new Error(`must be JSON, which starts with {, or the path of a readable file with it (${reason})`);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // What JSON.parse says quotes the text, so only the place is taken from it.
    const position = /position (\d+)/.exec((error as Error).message)?.[1];
    // oxlint-disable-next-line preserve-caught-error -- a cause would be printed with it, and quotes the text
    throw new Error(`is not JSON${position === undefined ? '' : `: see ${lineAndColumn(text, Number(position))}`}`);
  }
}

function lineAndColumn(text: string, position: number): string {
  const lines = text.slice(0, position).split('\n');
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}
