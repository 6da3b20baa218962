import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { claimed } from './run-directory.js';

/**
 * A port nobody listens on, and that no other test of this run is given, so that a server may come back to it. It lies below the ports the system gives to outgoing connections: otherwise a client that
 * tries again and again to reach a server that is away would sooner or later be given that very port, and meet itself.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    if (claimed(`port-${port}`) && (await isFree(port))) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
