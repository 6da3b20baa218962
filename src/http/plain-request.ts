import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Fields that belong to the offer to speak something else. */
const OF_THE_OFFER = new Set(['upgrade', 'http2-settings']);

/** A socket, with the answer that it is busy with. */
type ServedSocket = Duplex & { readonly _httpMessage?: ServerResponse | null };

/** Whether the client would like to speak this protocol; it may name several. */
export function offers({ headers }: IncomingMessage, protocol: string): boolean {
  const names = (headers.upgrade ?? '').toLowerCase().split(',');
  return names.some((name) => name.trim().split('/')[0] === protocol);
}

/**
 * Answers a request that offers a protocol which we do not speak as if it had offered none (RFC 9110, 7.8). Node has
 * given up the connection by then, so the server is handed it anew, with the head of the request without the offer.
 *
 * @param head what came behind the head: the body, or its beginning
 */
export function answerPlainly(server: Server, request: IncomingMessage, socket: ServedSocket, head: Buffer): void {
  if (socket.destroyed) return;
  const before = socket._httpMessage;
  if (before) return waitBehind(before, socket, () => answerPlainly(server, request, socket, head));
  socket.unshift(Buffer.concat([headWithoutOffer(request), head]));
  // Its own listener, the first, and none of those that count connections: this one is no new one.
  server.listeners('connection')[0]?.call(server, socket);
}

/** Nobody listens to the connection meanwhile: Node has let go of it, and the answer before goes on. */
function waitBehind(before: ServerResponse, socket: ServedSocket, then: () => void): void {
  const drained = (): boolean => before.emit('drain');
  socket.on('error', ignore).on('drain', drained);
  before.once('close', () => {
    socket.off('drain', drained);
    if (!socket.destroyed) socket.off('error', ignore);
    then();
  });
}

/** What ends a connection is seen by its being closed. */
function ignore(): void {
  // On purpose.
}

function headWithoutOffer({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    const key = name.toLowerCase();
    if (key === 'connection') lines.push(`${name}: ${optionsWithoutOffer(value)}`);
    else if (!OF_THE_OFFER.has(key)) lines.push(`${name}: ${value}`);
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

function optionsWithoutOffer(value: string): string {
  const options = value.split(',').map((option) => option.trim());
  return options.filter((option) => !OF_THE_OFFER.has(option.toLowerCase())).join(', ');
}
