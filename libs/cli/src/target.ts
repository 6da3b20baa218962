import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { localServer, type LocalServer } from './local-server.js';
import { ServerUrl } from './server-url.js';

const DEFAULT = 'http://127.0.0.1:8080';

/** The server a command is about, and the key it takes. */
export interface Target {
  readonly url: ServerUrl;
  readonly key: string | undefined;
  /** Whether it is the one that was started in this folder. */
  readonly isLocal: boolean;
}

/** What the user said of the server. */
export interface GivenTarget {
  readonly url?: string | undefined;
  readonly key?: string | undefined;
  /** Path of a file that holds the key. */
  readonly keyFile?: string | undefined;
  /** The key in the environment, which may be meant for another server. */
  readonly environmentKey?: string | undefined;
}

/**
 * What was given counts, then what a server in this folder has left, then the environment, then the default. The key that
 * was left goes to the server that left it and to no other.
 *
 * @returns a sentence when something cannot be used
 */
export function targetOf(folder: string, given: GivenTarget): Target | string {
  const left = localServer(folder);
  if (typeof left === 'string' && given.url === undefined) return left;
  const local = typeof left === 'string' ? undefined : left;
  const url = given.url === undefined ? (local?.url ?? ServerUrl.parse(DEFAULT)) : ServerUrl.parse(given.url);
  if (url === undefined) return `${given.url} is not the address of a server; one looks like ${DEFAULT}`;
  try {
    return { url, key: keyFor(url, local, folder, given), isLocal: local?.url.equals(url) === true };
  } catch (error) {
    return (error as Error).message;
  }
}

function keyFor(
  url: ServerUrl,
  local: LocalServer | undefined,
  folder: string,
  { key, keyFile, environmentKey }: GivenTarget,
): string | undefined {
  if (key !== undefined && keyFile !== undefined) throw new Error('give either --key or --key-file, not both');
  if (keyFile !== undefined) return keyIn(resolve(folder, keyFile), keyFile);
  return key ?? (local?.url.equals(url) ? local.apiKey : environmentKey || undefined);
}

/** A line break at its end is the editor's, not the key's. */
function keyIn(path: string, name: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new Error(`--key-file: ${name} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`, {
      cause: error,
    });
  }
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw new Error(`--key-file: ${name} does not hold a key, which is one word of ASCII`);
}
