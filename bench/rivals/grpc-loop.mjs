import { fileURLToPath } from 'node:url';
import { accepts, freePort } from '../machine/free-port.mjs';
import { Rival } from './rival.mjs';

const PROGRAM = fileURLToPath(new URL('../servers/grpc-loop.mjs', import.meta.url));

/** A hand-written loop over the streams of `@grpc/grpc-js`. */
export class GrpcLoop extends Rival {
  name = 'grpc-loop';
  front = 'gRPC';
  address;

  async start() {
    const port = await freePort();
    this.address = `127.0.0.1:${port}`;
    await this.run(process.execPath, [PROGRAM], { env: { PORT: `${port}` } }).until(() => accepts(port));
  }
}
