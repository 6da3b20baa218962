import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** Milliseconds that a client has to take the answer and to leave. */
const PATIENCE = 2_000;

/** Why a client is not let in, as HTTP. */
export interface TurnedAway {
  readonly status: number;
  /** For the developer on the other side: what was wrong, and the mend. */
  readonly reason: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers a client that asked for an upgrade with why it gets none, and frees the connection as soon as it has that. */
export function turnAway(socket: Duplex, { status, reason, headers }: TurnedAway): void {
  const body = Buffer.from(`${reason}\n`);
  const lines = Object.entries({
    ...headers,
    Connection: 'close',
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': body.length,
    'X-Content-Type-Options': 'nosniff',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on('error', () => socket.destroy());
  // A socket that was upgraded is in no time-out of the HTTP server, and answers that wait before this one may never go.
  const overdue = setTimeout(() => socket.destroy(), PATIENCE);
  socket.once('close', () => clearTimeout(overdue));
  // What has come unread would have the kernel answer with a reset, and take the answer away from its reader.
  socket.resume();
  socket.end(
    Buffer.concat([Buffer.from(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n`), body]),
    () => socket.destroy(),
  );
}
