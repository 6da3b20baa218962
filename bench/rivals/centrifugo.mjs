import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { accepts, freePort } from '../machine/free-port.mjs';
import { findProgram } from '../machine/install.mjs';
import { TcpPublisher } from '../sources/tcp-publisher.mjs';
import { Rival } from './rival.mjs';

const PACKAGE = 'github.com/centrifugal/centrifugo/v6@latest';
const CACHE = fileURLToPath(new URL('../.cache/', import.meta.url));
const PROGRAM = `${CACHE}centrifugo`;
const BUILD_TIMEOUT = 300_000;

/** Centrifugo 6, built by Go from the module proxy; published to over its HTTP API, pipelined on one connection. */
export class Centrifugo extends Rival {
  name = 'centrifugo';
  front = 'HTTP, pipelined';
  #port;

  absent() {
    if (existsSync(PROGRAM)) return undefined;
    const go = findProgram('go', '/usr/local/go/bin/go');
    if (go === undefined) return 'there is no Go to build it with';
    mkdirSync(CACHE, { recursive: true });
    const options = { env: { ...process.env, GOBIN: CACHE }, cwd: CACHE, timeout: BUILD_TIMEOUT, encoding: 'utf8' };
    const { status, stderr } = spawnSync(go, ['install', PACKAGE], options);
    return status === 0 ? undefined : `Go could not build it: ${stderr?.trim().split('\n').at(-1)?.trim()}`;
  }

  async start() {
    this.#port = await freePort();
    const file = join(process.env.TEST_RUN_DIRECTORY, `centrifugo-${this.#port}.json`);
    writeFileSync(file, JSON.stringify(configuration(this.#port)));
    await this.run(PROGRAM, ['--config', file]).until(() => accepts(this.#port));
  }

  clients(...channels) {
    const subscriptions = channels.map((channel, i) => ({
      send: JSON.stringify({ id: i + 2, subscribe: { channel } }),
      expect: '"subscribe"',
    }));
    const steps = [{ send: '{"id":1,"connect":{}}', expect: '"connect"' }, ...subscriptions];
    return { port: this.#port, path: '/connection/websocket', steps };
  }

  publisher() {
    const head = 'POST /api/publish HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n';
    return TcpPublisher.open(this.#port, '', ({ channel, payload }) => {
      const body = `{"channel":"${channel}","data":${payload}}`;
      return `${head}Content-Length: ${body.length}\r\n\r\n${body}`;
    });
  }
}

function configuration(port) {
  return {
    http_server: { address: '127.0.0.1', port: `${port}` },
    http_api: { insecure: true },
    client: {
      insecure: true,
      allow_anonymous_connect_without_token: true,
      queue_max_size: 64 * 1024 ** 2,
      ping_interval: '1h',
    },
    channel: { without_namespace: { allow_subscribe_for_client: true, allow_subscribe_for_anonymous: true } },
  };
}
