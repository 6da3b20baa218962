import { publishBurst, publishPaced } from '../sources/paced.mjs';
import { authorize, staticProvider, subscribe } from '../rivals/hermes-protocol.mjs';
import { LOST, RSS } from './columns.mjs';
import { observeDeliveries } from './observation.mjs';
import { withLoader, withServer } from './stage.mjs';

const SIZE = 256;
const USER = 'user-7';
const WARM_UP = 2_000;
const BURST = 10_000;
const RATE = 100;
const PACED = 300;

/** Events for one user: the others must cost nothing, however many they are. */
export default {
  name: 'direct',
  title: `direct events for one user among 10 and among 10,000 sessions, ${SIZE} bytes`,
  rivals: ['hermes', 'ws-loop'],
  variants: ['10', '10000'],
  columns: [
    { key: 'cpuPerDelivery', title: 'CPU us/event', digits: 1, ratio: true },
    { key: 'rate', title: 'events/s', digits: 0 },
    { key: 'p50', title: `p50 ms at ${RATE}/s`, digits: 2, ratio: true },
    { key: 'p99', title: 'p99 ms', digits: 2 },
    RSS,
    LOST,
  ],

  measure(rival, tools, variant) {
    const sessions = Number(variant);
    const env = { HERMES_AUTH_PROVIDERS: staticProvider(sessions) };
    const next = () => ({ channel: 'orders', userId: USER });
    return withServer(rival, tools, env, () =>
      withLoader(async (loader) => {
        const publisher = await rival.publisher();
        await loader.connect(sessions, { ...rival.clients(), steps: [authorize, subscribe('orders')] });
        const count = (events) =>
          observeDeliveries(rival, loader, events, () => publishBurst(publisher, { count: events, size: SIZE, next }));
        await count(WARM_UP);
        const burst = await count(BURST);
        const paced = await observeDeliveries(rival, loader, PACED, () =>
          publishPaced(publisher, { rate: RATE, count: PACED, size: SIZE, next }),
        );
        await publisher.close();
        return { ...burst, p50: paced.p50, p99: paced.p99, lost: burst.lost + paced.lost };
      }),
    );
  },
};
