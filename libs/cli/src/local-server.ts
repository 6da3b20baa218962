import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServerUrl } from './server-url.js';

/** A server that was started in this folder and left word of itself. */
export interface LocalServer {
  readonly url: ServerUrl;
  readonly apiKey: string;
  /** `host:port` for gRPC; undefined when it has no chat. */
  readonly grpc: string | undefined;
}

/**
 * Reads `.hermes/local.json`, `{"url","apiKey","grpc"?}`, which a server without a key of its own writes for its owner alone.
 *
 * @returns undefined when there is none that can be used
 */
export function localServer(folder: string): LocalServer | undefined {
  try {
    const left = JSON.parse(readFileSync(join(folder, '.hermes', 'local.json'), 'utf8')) as Record<string, unknown>;
    const url = textIn(left, 'url');
    const server = url === undefined ? undefined : ServerUrl.parse(url);
    const apiKey = textIn(left, 'apiKey');
    return server && apiKey !== undefined ? { url: server, apiKey, grpc: textIn(left, 'grpc') } : undefined;
  } catch {
    return undefined;
  }
}

function textIn(left: Record<string, unknown>, name: string): string | undefined {
  return typeof left[name] === 'string' ? left[name] : undefined;
}
