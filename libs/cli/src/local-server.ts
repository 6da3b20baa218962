import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServerUrl } from './server-url.js';

/** A server that was started in this folder and left word of itself. */
export interface LocalServer {
  readonly url: ServerUrl;
  readonly apiKey: string;
}

/**
 * Reads `.hermes/local.json`, `{"url","apiKey"}`, which a server without a key of its own writes for its owner alone.
 *
 * @returns undefined when there is none that can be used
 */
export function localServer(folder: string): LocalServer | undefined {
  try {
    const left = JSON.parse(readFileSync(join(folder, '.hermes', 'local.json'), 'utf8')) as Record<string, unknown>;
    const url = typeof left['url'] === 'string' ? ServerUrl.parse(left['url']) : undefined;
    return url && typeof left['apiKey'] === 'string' ? { url, apiKey: left['apiKey'] } : undefined;
  } catch {
    return undefined;
  }
}
