import { publishPaced } from '../sources/paced.mjs';
import { CORES, CPU, LATENCY, LOST, RSS } from './columns.mjs';
import { observeDeliveries } from './observation.mjs';
import { withClients } from './stage.mjs';

const SUBSCRIBERS = 1_000;
const RATE = 50;
const SIZE = 256;
const WARM_UP = 100;
const EVENTS = 300;

/** One event at a time to a thousand subscribers of one channel: nothing to coalesce, one write a delivery. */
export default {
  name: 'fanout-single',
  title: `${SUBSCRIBERS} subscribers of one channel, ${SIZE} bytes, ${RATE} events/s`,
  rivals: ['hermes', 'hermes-http', 'ws-loop', 'socket.io', 'nchan', 'mosquitto', 'nats', 'centrifugo'],
  columns: [CPU, ...LATENCY, CORES, RSS, LOST],

  measure(rival, tools) {
    return withClients(rival, tools, { count: SUBSCRIBERS, channels: ['prices'] }, async ({ loader, publisher }) => {
      const publish = (count) =>
        publishPaced(publisher, { rate: RATE, count, size: SIZE, next: () => ({ channel: 'prices' }) });
      await observeDeliveries(rival, loader, WARM_UP * SUBSCRIBERS, () => publish(WARM_UP));
      return observeDeliveries(rival, loader, EVENTS * SUBSCRIBERS, () => publish(EVENTS));
    });
  },
};
