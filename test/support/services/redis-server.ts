import { OwnServer, saysOn } from './own-server.js';

/** A Redis that a test has to itself, on loopback. It forgets everything when it ends, unless its arguments say otherwise. */
export class RedisServer extends OwnServer {
  /** @param args further arguments of the program */
  constructor(program: string, folder: string, port: number, args: readonly string[] = []) {
    const fixed = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--dir', folder];
    super({
      title: 'Redis',
      url: `redis://127.0.0.1:${port}`,
      folder,
      command: [program, ...fixed, ...args],
      // An error is an answer too, but for the one that it is still loading what it had kept.
      answers: () => saysOn(port, 'PING\r\n', (data) => !data.toString().startsWith('-LOADING')),
    });
  }
}
