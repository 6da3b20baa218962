import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { SUBSCRIBE_PATH } from '@hermes/protocol';

const HANDSHAKE = {
  Host: '127.0.0.1',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

const TEXT = 1;
const CLOSE = 8;
const KEPT_TEXTS = 10;
/** What a WebSocket reports when the connection ended without a close frame. */
const ABNORMAL = 1006;

export interface UpgradeRequest {
  readonly method?: string;
  readonly path?: string;
  /** Undefined takes the header away. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

export interface FrameOptions {
  readonly opcode?: number;
  readonly fin?: boolean;
  readonly masked?: boolean;
  /** The three reserved bits, as a number from 0 to 7. */
  readonly reserved?: number;
  /** A length to announce instead of the true one. */
  readonly length?: bigint;
}

/** A client made of bytes, that can do on the wire what no WebSocket library would. */
export class RawClient {
  /** Resolves when the connection is over: with the close code the server sent, or 1006. */
  readonly closed: Promise<number>;
  /** The first texts the server sent; more than a few of them nobody needs. */
  readonly texts: string[] = [];
  /** Resolves when the server has sent a close frame. */
  readonly concluded: Promise<void>;
  #conclude: () => void = () => undefined;
  #unread = Buffer.alloc(0);
  #closeCode = ABNORMAL;

  private constructor(readonly socket: Socket) {
    socket.on('error', () => undefined);
    this.concluded = new Promise((resolve) => {
      this.#conclude = resolve;
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', () => resolve(this.#closeCode));
    });
  }

  /** Opens a TCP connection and says nothing. */
  static async dial(port: number): Promise<RawClient> {
    const client = new RawClient(connect({ port, host: '127.0.0.1', noDelay: true }));
    await once(client.socket, 'connect');
    return client;
  }

  /** Opens a WebSocket connection. */
  static async open(port: number, path?: string): Promise<RawClient> {
    const client = await RawClient.dial(port);
    client.socket.write(upgradeRequest(path === undefined ? {} : { path }));
    const [head] = (await once(client.socket, 'data')) as [Buffer];
    if (!head.toString('latin1').startsWith('HTTP/1.1 101 ')) throw new Error(`no upgrade: ${head.toString()}`);
    client.socket.on('data', (bytes: Buffer) => client.#read(bytes));
    return client;
  }

  /** The status with which the server answers these bytes before it ends the connection. */
  static async statusOf(port: number, request: string): Promise<number> {
    const client = await RawClient.dial(port);
    let answer = '';
    client.socket.on('data', (bytes: Buffer) => (answer += bytes.toString('latin1')));
    client.socket.write(request);
    await client.closed;
    return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
  }

  send(payload: string | Buffer, options?: FrameOptions): void {
    this.socket.write(frame(payload, options));
  }

  /** Sends as fast as the server reads, and no faster. */
  async stream(chunks: Iterable<Buffer>): Promise<void> {
    for (const chunk of chunks) {
      if (this.socket.destroyed) return;
      if (!this.socket.write(chunk))
        await Promise.race([once(this.socket, 'drain').catch(() => undefined), this.closed]);
    }
  }

  /** Ends the connection with a reset, as a crash would. */
  async reset(): Promise<void> {
    this.socket.resetAndDestroy();
    await this.closed;
  }

  #read(bytes: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, bytes]);
    for (;;) {
      const next = nextFrame(this.#unread);
      if (next === undefined) return;
      const { opcode, payload, end } = next;
      if (opcode === TEXT && this.texts.length < KEPT_TEXTS) this.texts.push(payload.toString());
      if (opcode === CLOSE) this.#conclude();
      if (opcode === CLOSE && payload.length >= 2) this.#closeCode = payload.readUInt16BE();
      this.#unread = this.#unread.subarray(end);
    }
  }
}

export function upgradeRequest({ method = 'GET', path = SUBSCRIBE_PATH, headers = {} }: UpgradeRequest = {}): string {
  const all = Object.entries({ ...HANDSHAKE, ...headers }).filter(([, value]) => value !== undefined);
  return `${method} ${path} HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

/** A frame of a client. Its masking key is zero, which leaves the payload as it is. */
export function frame(
  payload: string | Buffer,
  { opcode = 1, fin = true, masked = true, reserved = 0, length }: FrameOptions = {},
): Buffer {
  const body = Buffer.from(payload);
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  const mask = masked ? 0x80 : 0;
  const key = masked ? Buffer.alloc(4) : Buffer.alloc(0);
  return Buffer.concat([Buffer.from([first]), lengthBytes(length ?? BigInt(body.length), mask), key, body]);
}

function lengthBytes(length: bigint, mask: number): Buffer {
  if (length < 126n) return Buffer.from([mask | Number(length)]);
  const bytes = Buffer.alloc(length < 65_536n ? 3 : 9);
  if (length < 65_536n) bytes.writeUInt16BE(Number(length), 1);
  else bytes.writeBigUInt64BE(length, 1);
  bytes[0] = mask | (length < 65_536n ? 126 : 127);
  return bytes;
}

/** The first frame that is here whole, as servers send them: never masked. */
function nextFrame(bytes: Buffer): { opcode: number; payload: Buffer; end: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1) & 0x7f;
  const start = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < start) return undefined;
  const end = start + (short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2)));
  if (bytes.length < end) return undefined;
  return { opcode: bytes.readUInt8(0) & 0x0f, payload: bytes.subarray(start, end), end };
}
