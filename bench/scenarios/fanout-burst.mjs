import { setTimeout as pause } from 'node:timers/promises';
import { publishBurst } from '../sources/paced.mjs';
import { medians } from '../statistics.mjs';
import { CORES, CPU, LATENCY, LOST, RATE, RSS } from './columns.mjs';
import { observeDeliveries } from './observation.mjs';
import { withClients } from './stage.mjs';

const SUBSCRIBERS = 1_000;
const EVENTS = 1_000;
const SIZE = 256;
const WARM_UP = 100;
/** Bursts that are over at once are repeated, so that each run measures for a while. */
const BURSTS = 6;
const ENOUGH = 4_000;

/** A thousand events at once to a thousand subscribers of one channel: what coalescing is for. */
export default {
  name: 'fanout-burst',
  title: `${SUBSCRIBERS} subscribers of one channel, ${SIZE} bytes, ${EVENTS} events at once`,
  rivals: ['hermes', 'ws-loop', 'socket.io', 'nchan', 'mosquitto', 'nats', 'centrifugo'],
  columns: [CPU, RATE, ...LATENCY, CORES, RSS, LOST],

  measure(rival, tools) {
    return withClients(rival, tools, { count: SUBSCRIBERS, channels: ['prices'] }, async ({ loader, publisher }) => {
      for (let i = 0; i < 3; i++) await burst(rival, loader, publisher, WARM_UP);
      const bursts = [];
      const end = performance.now() + ENOUGH;
      do {
        await pause(300);
        bursts.push(await burst(rival, loader, publisher, EVENTS));
      } while (bursts.length < BURSTS && performance.now() < end);
      return medians(bursts);
    });
  },
};

function burst(rival, loader, publisher, count) {
  const next = () => ({ channel: 'prices' });
  return observeDeliveries(rival, loader, count * SUBSCRIBERS, () =>
    publishBurst(publisher, { count, size: SIZE, next }),
  );
}
