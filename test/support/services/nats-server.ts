import { join } from 'node:path';
import { OwnServer, saysOn } from './own-server.js';

/** A NATS server that a test has to itself, on loopback, with JetStream in a folder of its own. */
export class NatsServer extends OwnServer {
  /** @param args further arguments of the program */
  constructor(program: string, folder: string, port: number, args: readonly string[] = []) {
    const fixed = ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', join(folder, 'store')];
    super({
      title: 'NATS',
      url: `nats://127.0.0.1:${port}`,
      folder,
      command: [program, ...fixed, ...args],
      answers: () => saysOn(port, '', () => true),
    });
  }
}
