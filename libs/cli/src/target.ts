import { localServer } from './local-server.js';
import { ServerUrl } from './server-url.js';

const DEFAULT = 'http://127.0.0.1:8080';

/** The server a command is about, and the key it takes. */
export interface Target {
  readonly url: ServerUrl;
  readonly key: string | undefined;
}

/**
 * What was given counts, then what a server in this folder has left, then the default. The key that was left goes to the
 * server that left it and to no other.
 *
 * @returns a sentence when the address that was given is none
 */
export function targetOf(folder: string, given: { url?: string; key?: string }): Target | string {
  const local = localServer(folder);
  const url = given.url === undefined ? (local?.url ?? ServerUrl.parse(DEFAULT)) : ServerUrl.parse(given.url);
  if (url === undefined) return `${given.url} is not the address of a server; one looks like ${DEFAULT}`;
  return { url, key: given.key ?? (local?.url.equals(url) ? local.apiKey : undefined) };
}
