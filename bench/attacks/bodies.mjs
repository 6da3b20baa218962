import { once } from 'node:events';
import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { RawSocket, total } from './attack.mjs';

const NESTED = gzipSync(Buffer.concat([Buffer.alloc(4_000_000, '['), Buffer.alloc(4_000_000, ']')]));
const UNFINISHED = gzipSync(Buffer.alloc(8 * 1024 ** 2 - 1024, ' '));
const GZIP = { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' };

async function post({ host, port }, path, headers, body) {
  const sending = request({ host, port, path, method: 'POST', headers, agent: false });
  sending.on('error', () => undefined).end(body);
  await Promise.race([once(sending, 'response').then(([answer]) => answer.resume()), once(sending, 'close')]).catch(
    () => undefined,
  );
}

/** Deep JSON, small as gzip, from nobody. */
export const deepJson = {
  name: '8 x POST of 8 MB of brackets in gzip, no key',
  async run(target) {
    await Promise.all(Array.from({ length: 8 }, () => post(target, '/nothing', GZIP, NESTED)));
    return { sent: 8 * NESTED.length };
  },
};

/** Bodies that say that they are longer than what ever comes. */
export const unfinishedBodies = {
  name: '150 x POST of gzip without its end, no key',
  async run(target) {
    const head =
      `POST /api/events HTTP/1.1\r\nHost: hermes\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n` +
      `Content-Length: ${UNFINISHED.length}\r\n\r\n`;
    const sockets = await Promise.all(Array.from({ length: 150 }, () => RawSocket.open(target)));
    for (const socket of sockets) await socket.write(Buffer.concat([Buffer.from(head), UNFINISHED.subarray(0, -12)]));
    return { sent: total(sockets), close: () => sockets.forEach((socket) => socket.destroy()) };
  },
};

/** Guesses of the key, as fast as 20 connections go. */
export const wrongKeys = {
  name: '4,000 x GET /api/topics with a wrong key',
  async run(target) {
    const question = 'GET /api/topics HTTP/1.1\r\nHost: hermes\r\nAuthorization: Bearer wrong\r\n\r\n';
    const sockets = await Promise.all(Array.from({ length: 20 }, () => RawSocket.open(target)));
    await Promise.all(
      sockets.map(async (socket) => {
        for (let i = 0; i < 200 && !socket.closed; i++) {
          const before = socket.received;
          await socket.write(question);
          while (socket.received === before && !socket.closed) await new Promise(setImmediate);
        }
      }),
    );
    for (const socket of sockets) socket.destroy();
    return { sent: total(sockets) };
  },
};
