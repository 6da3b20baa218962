import { chmodSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { SUBSCRIBE_PATH } from '@hermes/protocol';
import type { ApiKey } from './auth/index.js';
import { writeWhole } from './write-whole.js';

/** Where the terminal client on the same machine finds the address and the generated key. */
const FOLDER = '.hermes';
const LOCAL = join(FOLDER, 'local.json');
/** What `npm start` has made to sign the tokens of local users with. */
const SECRET = join(FOLDER, 'secret');

export interface Surroundings {
  /** Where chat is, `host:port`, or `grpcs://host:port` with TLS; undefined when it is off. */
  readonly chat: string | undefined;
  /** The origin for which the terminal client can make tokens; undefined when there is none. */
  readonly localOrigin: string | undefined;
}

/**
 * Greets the operator: where Hermes is and what to try. A key that was generated at this start is shown here and
 * nowhere else, and left for the terminal client in a file that only this user can read.
 *
 * @returns takes the file away again
 */
export function welcome(
  { address, port }: Pick<AddressInfo, 'address' | 'port'>,
  apiKey: ApiKey,
  { chat, localOrigin }: Surroundings,
): () => void {
  if (!apiKey.generated) return () => undefined;
  const url = `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
  const key = apiKey.secret.reveal();
  const hasUsers = localOrigin !== undefined;
  console.log(greeting(url, key, hasUsers) + (chat === undefined ? '' : chatGreeting(chat, hasUsers)));
  return leaveForClient(JSON.stringify({ url, apiKey: key, grpc: chat, origin: localOrigin }));
}

/**
 * The origin whose tokens are signed with the secret of this folder.
 *
 * @param providers the setting HERMES_AUTH_PROVIDERS: an old secret that it does not name is nobody's
 */
export function localOriginIn(providers: string | undefined): string | undefined {
  try {
    const secret = readFileSync(SECRET, 'utf8').trim();
    const entries = Object.entries(JSON.parse(providers ?? '') as Record<string, { secret?: unknown } | null>);
    return secret === '' ? undefined : entries.find(([, provider]) => provider?.secret === secret)?.[0];
  } catch {
    return undefined;
  }
}

function leaveForClient(text: string): () => void {
  try {
    mkdirSync(FOLDER, { recursive: true, mode: 0o700 });
    chmodSync(FOLDER, 0o700);
    writeWhole(LOCAL, text, 0o600);
    return () => takeAway(text);
  } catch {
    // A read-only folder: the client then needs --url and a key.
    return () => undefined;
  }
}

/** Unless another server, started in this folder later, has left its own there. */
function takeAway(text: string): void {
  try {
    if (readFileSync(LOCAL, 'utf8') === text) rmSync(LOCAL);
  } catch {
    // It is gone already.
  }
}

function greeting(url: string, key: string, hasUsers: boolean): string {
  return `
  Hermes is up at ${url}   (WebSocket: ${url.replace('http', 'ws')}${SUBSCRIBE_PATH}, API page: ${url}/api/docs)
  API key, generated for this start: ${key}

  Try it from another terminal in this folder:
    npx hermes listen                                        everything that happens
    npx hermes publish news flash '{"text":"hello"}'         post an event, and see it arrive
${hasUsers ? USERS : ''}    curl -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' ${url}/api/events \\
         -d '{"channel":"news","event":"flash","visibility":"broadcast","data":{"text":"hello from curl"}}'
`;
}

const USERS = `\
    npx hermes listen --as alice                             what alice sees
    npx hermes token alice                                   a token with which a page authorizes as her
`;

function chatGreeting(address: string, hasUsers: boolean): string {
  const [bob, alice] = hasUsers ? ['--as bob', '--as alice'] : ['--token <jwt>', '--token <jwt>'];
  return `
  Chat, over gRPC at ${address}:
    ${`npx hermes chat listen ${bob}`.padEnd(56)} what others send to bob, from now on and before
    ${`npx hermes chat send bob 'hello' ${alice}`.padEnd(56)} from a third terminal
`;
}
