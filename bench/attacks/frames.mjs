import { deflateRawSync } from 'node:zlib';
import { setTimeout as pause } from 'node:timers/promises';
import { RawSocket, command, frame, total, upgrade } from './attack.mjs';

const HERMES = '/_ws/subscribe';
const RETAINED = 40_000;
const NAME = 'x'.repeat(250);

/** Looking through all retained events, with a new connection for each round. */
export const replays = {
  name: '6 connections in turn: subscribe ***, 25 x cache, 40,000 retained events',
  async prepare({ host, port, key }) {
    const event = (i) =>
      JSON.stringify({ channel: `c${i % 500}`, event: `e${i % 97}`, visibility: 'broadcast', cacheTtl: -1, data: i });
    const body = Array.from({ length: RETAINED }, (_, i) => event(i)).join('\n');
    const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/x-ndjson' };
    const answer = await fetch(`http://${host}:${port}/api/events`, { method: 'POST', headers, body });
    if (answer.status !== 202) throw new Error(`events were answered ${answer.status}: ${await answer.text()}`);
  },
  async run(target) {
    let sent = 0;
    for (let i = 0; i < 6; i++) {
      const socket = await RawSocket.webSocket(target, HERMES);
      await socket.write(
        Buffer.concat([command('subscribe', { channel: '***' }), ...Array(25).fill(command('cache'))]),
      );
      await pause(1_200);
      socket.destroy();
      sent += socket.sent;
    }
    return { sent };
  },
};

/** Upgrades to a path that is not there, by clients that do not close. */
export const refusedUpgrades = {
  name: '300 x refused upgrade, the client does not close',
  async run(target) {
    const sockets = await Promise.all(
      Array.from({ length: 300 }, () => RawSocket.open(target, { allowHalfOpen: true })),
    );
    await Promise.all(sockets.map((socket) => socket.write(upgrade('/nope'))));
    await Promise.all(sockets.map((socket) => socket.answered()));
    return { sent: total(sockets), close: () => sockets.forEach((socket) => socket.destroy()) };
  },
};

/** One message that never ends, in small pieces between pongs. */
export const fragments = {
  name: 'one message in 1,000 fragments of a byte, 499 pongs between them',
  async run(target) {
    const socket = await RawSocket.webSocket(target, '/_ws/commands');
    const pongs = Buffer.concat(Array(499).fill(frame(0xa, Buffer.alloc(125))));
    await socket.write(frame(1, 'x', { fin: false }));
    for (let i = 0; i < 1_000 && !socket.closed; i++) {
      await socket.write(Buffer.concat([frame(0, 'x', { fin: false }), pongs]));
    }
    return { sent: socket.sent, close: () => socket.destroy() };
  },
};

/** Names to remember, from many connections. */
export const subscriptions = {
  name: '217 connections x 1,000 subscriptions of 500 characters',
  async run(target) {
    const sockets = [];
    for (let i = 0; i < 217; i++) {
      const socket = await RawSocket.webSocket(target, HERMES);
      sockets.push(socket);
      const subscribe = (n) => command('subscribe', { channel: `${NAME}${i}-${n}`, event: `${NAME}${n}` });
      await socket.write(Buffer.concat(Array.from({ length: 1_000 }, (_, n) => subscribe(n))));
    }
    await pause(3_000);
    return { sent: total(sockets), close: () => sockets.forEach((socket) => socket.destroy()) };
  },
};

/** Frames that are small as they come and large as they are read. */
export const compressedFrames = {
  name: '2,000 frames of 60 KiB, 155 bytes each as they come',
  env: () => ({ HERMES_COMPRESSION: 'true' }),
  async run(target) {
    const text = Buffer.from('['.repeat(15_000) + ']'.repeat(15_000) + ' '.repeat(30_000));
    const deflated = deflateRawSync(text, { finishFlush: 2 }).subarray(0, -4);
    const socket = await RawSocket.webSocket(target, HERMES, { compress: true });
    for (let i = 0; i < 2_000 && !socket.closed; i++) await socket.write(frame(1, deflated, { compressed: true }));
    await pause(3_000);
    socket.destroy();
    return { sent: socket.sent };
  },
};
