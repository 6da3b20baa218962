import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { SUBSCRIBE_PATH } from '@hermes/protocol';
import type { ApiKey } from './auth/index.js';

/** Where the terminal client on the same machine finds the address and the generated key. */
const FOLDER = '.hermes';
const LOCAL = join(FOLDER, 'local.json');

/**
 * Greets the operator: where Hermes is and what to try. A key that was generated at this start is shown here and
 * nowhere else, and left for the terminal client in a file that only this user can read.
 *
 * @returns takes the file away again
 */
export function welcome({ address, port }: Pick<AddressInfo, 'address' | 'port'>, apiKey: ApiKey): () => void {
  if (!apiKey.generated) return () => undefined;
  const url = `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
  const key = apiKey.secret.reveal();
  console.log(greeting(url, key));
  return leaveForClient(JSON.stringify({ url, apiKey: key }));
}

function leaveForClient(text: string): () => void {
  try {
    mkdirSync(FOLDER, { recursive: true });
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
