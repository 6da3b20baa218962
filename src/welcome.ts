import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { SUBSCRIBE_PATH } from '@hermes/protocol';
import type { ApiKey } from './auth/index.js';

/** Where the terminal client on the same machine finds the address and the generated key. */
const FOLDER = '.hermes';
const LOCAL = join(FOLDER, 'local.json');
/** What `npm start` has made to sign the tokens of local users with. */
const SECRET = join(FOLDER, 'secret');

/** Where chat is, and whose tokens it takes. */
export interface ChatPlace {
  /** `host:port`, or `grpcs://host:port` with TLS. */
  readonly address: string;
  /** Whether the terminal client can make tokens for it. */
  readonly hasLocalUsers: boolean;
}

/**
 * Greets the operator: where Hermes is and what to try. A key that was generated at this start is shown here and
 * nowhere else, and left for the terminal client in a file that only this user can read.
 *
 * @param chat undefined when it is off
 * @returns takes the file away again
 */
export function welcome(
  { address, port }: Pick<AddressInfo, 'address' | 'port'>,
  apiKey: ApiKey,
  chat: ChatPlace | undefined,
): () => void {
  if (!apiKey.generated) return () => undefined;
  const url = `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
  const key = apiKey.secret.reveal();
  console.log(greeting(url, key) + (chat ? chatGreeting(chat) : ''));
  return leaveForClient(JSON.stringify({ url, apiKey: key, grpc: chat?.address }));
}

/** @param providers the setting HERMES_AUTH_PROVIDERS: an old secret that it does not name is nobody's */
export function hasLocalUsers(providers: string | undefined): boolean {
  try {
    return providers?.includes(JSON.stringify(readFileSync(SECRET, 'utf8').trim())) === true;
  } catch {
    return false;
  }
}

function leaveForClient(text: string): () => void {
  try {
    mkdirSync(FOLDER, { recursive: true, mode: 0o700 });
    writeFileSync(LOCAL, text, { mode: 0o600 });
    return () => rmSync(LOCAL, { force: true });
  } catch {
    // A read-only folder: the client then needs --url and --key.
    return () => undefined;
  }
}

function greeting(url: string, key: string): string {
  return `
  Hermes is up at ${url}   (WebSocket: ${url.replace('http', 'ws')}${SUBSCRIBE_PATH}, API page: ${url}/api/docs)
  API key, generated for this start: ${key}

  Try it from another terminal in this folder:
    npx hermes listen                                        everything that happens
    npx hermes publish news flash '{"text":"hello"}'         post an event, and see it arrive
    curl -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' ${url}/api/events \\
         -d '{"channel":"news","event":"flash","visibility":"broadcast","data":{"text":"hello from curl"}}'
`;
}

function chatGreeting({ address, hasLocalUsers: local }: ChatPlace): string {
  const [bob, alice] = local ? ['--as bob', '--as alice'] : ['--token <jwt>', '--token <jwt>'];
  return `
  Chat, over gRPC at ${address}:
    ${`npx hermes chat listen ${bob}`.padEnd(56)} what others send to bob, from now on and before
    ${`npx hermes chat send bob 'hello' ${alice}`.padEnd(56)} from a third terminal
`;
}
