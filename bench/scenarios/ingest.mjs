import { subscribe } from '../rivals/hermes-protocol.mjs';
import { publishBurst } from '../sources/paced.mjs';
import { stampedPayload } from '../sources/event.mjs';
import { withLoader, withServer } from './stage.mjs';

const EVENTS = 60_000;
const WARM_UP = 10_000;
const SIZE = 256;
const LAST = 'last';
/** The queue holds all of it while the consumer stands still. */
const ROOM = { HERMES_RABBITMQ_QUEUE_LIMIT: '1GiB', LAST_EVENT: LAST };

/**
 * How fast events come in when nobody is subscribed. The consumer is held (SIGSTOP) while its queue is filled, and then
 * let go: neither the publisher nor its work at the broker are part of what is measured. The last event has a name of
 * its own, and one subscriber, by whom the end is known.
 */
export default {
  name: 'ingest',
  title: `${EVENTS} events of ${SIZE} bytes waiting in the queue, no subscribers; amqplib with batched acks, prefetch 500`,
  rivals: ['hermes', 'amqplib'],
  columns: [
    { key: 'rate', title: 'events/s', digits: 0, ratio: true },
    { key: 'cpuPerEvent', title: 'CPU us/event', digits: 2, ratio: true },
    { key: 'cores', title: 'server cores', digits: 2 },
    { key: 'waited', title: 'waiting for a core', digits: 2 },
  ],

  measure(rival, tools) {
    return withServer(rival, tools, environmentOf(rival), () =>
      withLoader(async (loader) => {
        const publisher = await rival.publisher();
        if (rival.clients) await loader.connect(1, { ...rival.clients(), steps: [subscribe('control', LAST)] });
        await drain(rival, loader, publisher, WARM_UP);
        const figures = await drain(rival, loader, publisher, EVENTS);
        await publisher.close();
        return figures;
      }),
    );
  },
};

function environmentOf(rival) {
  const { LAST_EVENT, ...hermes } = ROOM;
  return rival.clients ? hermes : { LAST_EVENT };
}

async function drain(rival, loader, publisher, count) {
  rival.server.signal('SIGSTOP');
  await publishBurst(publisher, { count, size: SIZE, next: () => ({ channel: 'prices' }) });
  publisher.publish({ channel: 'control', event: LAST, payload: stampedPayload(SIZE) });
  await publisher.settled();
  loader.measure();
  const { wall, cpu, waited } = await rival.watch(async () => {
    rival.server.signal('SIGCONT');
    await (rival.last ? rival.last() : loader.deliveries(1, 60_000));
  });
  return {
    rate: (count / wall) * 1e9,
    cpuPerEvent: cpu / 1_000 / count,
    cores: cpu / wall,
    waited: waited / wall,
    loader: 0,
  };
}
