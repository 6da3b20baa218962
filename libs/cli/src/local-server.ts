import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServerUrl } from './server-url.js';

/** A server that was started in this folder and left word of itself. */
export interface LocalServer {
  readonly url: ServerUrl;
  readonly apiKey: string;
  /** `host:port` for gRPC; undefined when it has no chat. */
  readonly grpc: string | undefined;
  /** The origin of users for whom tokens can be made here; undefined when there are none. */
  readonly origin: string | undefined;
}

const FILE = join('.hermes', 'local.json');

/**
 * Reads `.hermes/local.json`, `{"url","apiKey","grpc"?,"origin"?}`, which a server without a key of its own writes for its
 * owner alone.
 *
 * @returns undefined when there is none, a sentence when what is there cannot be used
 */
export function localServer(folder: string): LocalServer | undefined | string {
  let text: string;
  try {
    text = readFileSync(join(folder, FILE), 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : `${FILE} cannot be read: ${message}`;
  }
  return (
    serverIn(text) ?? `${FILE} is not as Hermes writes it: start Hermes again, which writes it anew, or give --url`
  );
}

function serverIn(text: string): LocalServer | undefined {
  try {
    const left = JSON.parse(text) as Record<string, unknown>;
    const url = textIn(left, 'url');
    const server = url === undefined ? undefined : ServerUrl.parse(url);
    const apiKey = textIn(left, 'apiKey');
    if (server === undefined || apiKey === undefined) return undefined;
    return { url: server, apiKey, grpc: textIn(left, 'grpc'), origin: textIn(left, 'origin') };
  } catch {
    return undefined;
  }
}

function textIn(left: Record<string, unknown>, name: string): string | undefined {
  return typeof left[name] === 'string' ? left[name] : undefined;
}
