import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';

/**
 * What every attack is; each has a file beside this one.
 *
 * - `name`: what is sent, for the table
 * - `env`: settings that the server must have for it
 * - `prepare(target)`: what has happened before a stranger comes; not measured
 * - `run(target)`: the attack; resolves with `{ sent, close? }`: bytes sent, and what ends the connections that it holds
 *
 * A target is `{ host, port, grpcPort, key }`. Attackers come from 127.0.0.1, the well-behaved client from 127.0.0.2.
 */

/** One masked WebSocket frame, as RFC 6455 has it. */
export function frame(opcode, payload, { fin = true, compressed = false } = {}) {
  const body = Buffer.from(payload);
  const mask = randomBytes(4);
  const head = Buffer.alloc(body.length < 126 ? 2 : body.length < 65_536 ? 4 : 10);
  head[0] = (fin ? 0x80 : 0) | (compressed ? 0x40 : 0) | opcode;
  if (body.length < 126) head[1] = 0x80 | body.length;
  else if (body.length < 65_536) {
    head[1] = 0x80 | 126;
    head.writeUInt16BE(body.length, 2);
  } else {
    head[1] = 0x80 | 127;
    head.writeBigUInt64BE(BigInt(body.length), 2);
  }
  const masked = Buffer.from(body);
  for (let i = 0; i < masked.length; i++) masked[i] ^= mask[i % 4];
  return Buffer.concat([head, mask, masked]);
}

export function upgrade(path, { compress = false } = {}) {
  return [
    `GET ${path} HTTP/1.1`,
    'Host: hermes',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    'Sec-WebSocket-Version: 13',
    ...(compress ? ['Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover'] : []),
    '\r\n',
  ].join('\r\n');
}

/** A connection whose bytes are the attacker's own business; what the server does to it is no error. */
export class RawSocket {
  sent = 0;
  closed = false;
  received = 0;
  #socket;

  static async open({ host, port }, options = {}) {
    const raw = new RawSocket();
    raw.#socket = connect({ host, port, ...options });
    raw.#socket.setMaxListeners(0);
    raw.#socket.on('error', () => undefined).on('close', () => (raw.closed = true));
    raw.#socket.on('data', (data) => (raw.received += data.length));
    await Promise.race([once(raw.#socket, 'connect'), once(raw.#socket, 'close')]).catch(() => undefined);
    return raw;
  }

  static async webSocket(target, path, options) {
    const raw = await RawSocket.open(target);
    await raw.write(upgrade(path, options));
    await raw.answered();
    return raw;
  }

  async answered() {
    while (this.received === 0 && !this.closed) {
      await Promise.race([once(this.#socket, 'data'), once(this.#socket, 'close')]).catch(() => undefined);
    }
  }

  /** Resolves when the server has taken it, or has gone. */
  async write(bytes) {
    if (this.closed) return;
    this.sent += Buffer.byteLength(bytes);
    if (this.#socket.write(bytes)) return;
    await Promise.race([once(this.#socket, 'drain'), once(this.#socket, 'close')]).catch(() => undefined);
  }

  /** Lets what comes lie in the kernel. */
  stopReading() {
    this.#socket.pause();
  }

  destroy() {
    this.#socket.destroy();
  }
}

export function command(event, body) {
  return frame(1, JSON.stringify({ channel: 'ws_status', event, command: body }));
}

export function total(sockets) {
  return sockets.reduce((sum, { sent }) => sum + sent, 0);
}
