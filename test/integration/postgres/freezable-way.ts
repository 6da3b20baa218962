import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A way to a server that can be made to swallow everything, as a network does that has lost its mind. */
export class FreezableWay {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #isFrozen = false;

  private constructor(private readonly target: URL) {
    this.#server = createServer((near) => this.#accept(near));
  }

  static async to(url: string): Promise<FreezableWay> {
    const way = new FreezableWay(new URL(url));
    await new Promise<void>((resolve) => way.#server.listen(0, '127.0.0.1', resolve));
    return way;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return Object.assign(new URL(this.target.href), { host: `127.0.0.1:${port}` }).href;
  }

  freeze(): void {
    this.#isFrozen = true;
    for (const socket of this.#sockets) socket.pause();
  }

  thaw(): void {
    this.#isFrozen = false;
    for (const socket of this.#sockets) socket.resume();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(near: Socket): void {
    const far = connect(Number(this.target.port), this.target.hostname);
    this.#join(near, far);
    this.#join(far, near);
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from
      .on('data', (bytes) => to.write(bytes))
      .on('error', () => to.destroy())
      .on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    if (this.#isFrozen) from.pause();
  }
}
