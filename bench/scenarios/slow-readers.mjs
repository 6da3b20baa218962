import { publishPaced } from '../sources/paced.mjs';
import { LATENCY, LOST, RSS } from './columns.mjs';
import { observeDeliveries } from './observation.mjs';
import { withLoader, withServer } from './stage.mjs';

const SUBSCRIBERS = 1_000;
const SLOW = 100;
const SIZE = 2_048;
const RATE = 50;
const WARM_UP = 75;
const EVENTS = 600;
/**
 * The slow ones are as far away as a client on an Ethernet. On loopback, with segments of 64 KiB, the kernel would take
 * several megabytes for each before the server noticed.
 */
const FAR_AWAY = { receiveBuffer: 8 * 1024, segment: 1_460 };
/** A tenth of the default, so that a short run passes it. */
const LIMITS = { HERMES_OUTBOX_LIMIT: '128KiB' };

/** Some stop reading: the others must not notice, and memory must not grow without end. */
export default {
  name: 'slow-readers',
  title: `${SUBSCRIBERS} subscribers, ${SIZE} bytes, ${RATE} events/s, outboxes of ${LIMITS.HERMES_OUTBOX_LIMIT}`,
  rivals: ['hermes', 'ws-loop'],
  variants: ['all read', `${SLOW} stop`],
  columns: [
    ...LATENCY,
    { key: 'cpuPerDelivery', title: 'CPU us/delivery', digits: 2, ratio: true },
    RSS,
    { key: 'grown', title: 'grown MiB', digits: 0 },
    { key: 'tooSlow', title: 'closed with 4008', digits: 0 },
    LOST,
  ],

  measure(rival, tools, variant) {
    return withServer(rival, tools, LIMITS, () =>
      withLoader(async (loader) => {
        const publisher = await rival.publisher();
        const clients = rival.clients('prices');
        await loader.connect(SLOW, clients, FAR_AWAY);
        await loader.connect(SUBSCRIBERS - SLOW, clients);
        const publish = (count) =>
          publishPaced(publisher, { rate: RATE, count, size: SIZE, next: () => ({ channel: 'prices' }) });
        await observeDeliveries(rival, loader, WARM_UP * SUBSCRIBERS, () => publish(WARM_UP));
        const slow = variant === 'all read' ? 0 : SLOW;
        loader.stall(0, slow);
        const seen = await observeDeliveries(rival, loader, EVENTS * (SUBSCRIBERS - slow), () => publish(EVENTS));
        await publisher.close();
        const tooSlow = (await rival.metric?.('hermes_sessions_closed_total', 'code="4008"')) ?? NaN;
        return { ...seen, tooSlow };
      }),
    );
  },
};
