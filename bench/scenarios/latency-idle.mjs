import { publishPaced } from '../sources/paced.mjs';
import { CORES, LATENCY, LOST } from './columns.mjs';
import { observeDeliveries } from './observation.mjs';
import { withClients } from './stage.mjs';

const RATE = 20;
const SIZE = 256;
const WARM_UP = 20;
const EVENTS = 120;

/** One subscriber and an idle loop: what an event costs on its way when there is nothing to wait for. */
export default {
  name: 'latency-idle',
  title: `one subscriber, ${SIZE} bytes, ${RATE} events/s`,
  rivals: ['hermes', 'ws-loop', 'socket.io', 'nchan', 'mosquitto', 'nats', 'centrifugo'],
  columns: [...LATENCY, CORES, LOST],

  measure(rival, tools) {
    return withClients(rival, tools, { count: 1, channels: ['prices'] }, async ({ loader, publisher }) => {
      const publish = (count) =>
        publishPaced(publisher, { rate: RATE, count, size: SIZE, next: () => ({ channel: 'prices' }) });
      await observeDeliveries(rival, loader, WARM_UP, () => publish(WARM_UP));
      return observeDeliveries(rival, loader, EVENTS, () => publish(EVENTS));
    });
  },
};
