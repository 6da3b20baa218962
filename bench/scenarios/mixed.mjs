import { publishBurst, publishPaced } from '../sources/paced.mjs';
import { LATENCY, LOST, RSS } from './columns.mjs';
import { observeDeliveries } from './observation.mjs';
import { withClients } from './stage.mjs';

const SESSIONS = 10_000;
const SIZE = 256;
const BLOCKS = 10;
const CHANNELS_IN_BLOCK = 100;
const CHANNELS = BLOCKS * CHANNELS_IN_BLOCK;
const SECONDS = 5;
const WARM_UP_SECONDS = 2;
/** Deliveries a second at a steady pace, and at once in a burst, the same whatever is subscribed. */
const PACE = 20_000;
const BURST = 500_000;

/** What differs between the two cases: who subscribes to what, and so how many an event reaches. */
const CASES = {
  mixed: {
    // One channel in each block of a hundred, scattered: ten different channels, and hardly two sessions alike.
    channels: Array.from({ length: BLOCKS }, (_, block) => `c${block}-{{n,${block},${CHANNELS_IN_BLOCK}}}`),
    channelOf: (i) => `c${i % BLOCKS}-${Math.floor(i / BLOCKS) % CHANNELS_IN_BLOCK}`,
    reach: (SESSIONS * BLOCKS) / CHANNELS,
  },
  'one channel': { channels: ['prices'], channelOf: () => 'prices', reach: SESSIONS },
};

/** Many sessions that share hardly a pending list, beside as many that share all of them. */
export default {
  name: 'mixed',
  title: `${SESSIONS} sessions, ${CHANNELS} channels, each session in ${BLOCKS}; beside all of them in one`,
  rivals: ['hermes', 'ws-loop'],
  variants: Object.keys(CASES),
  columns: [
    { key: 'cpuPerDelivery', title: `CPU us/delivery at ${PACE}/s`, digits: 2, ratio: true },
    ...LATENCY,
    { key: 'burstCpu', title: 'burst: CPU us/delivery', digits: 2, ratio: true },
    { key: 'burstRate', title: 'burst: deliveries/s', digits: 0, ratio: true },
    RSS,
    LOST,
  ],

  measure(rival, tools, variant) {
    const { channels, channelOf, reach } = CASES[variant];
    return withClients(rival, tools, { count: SESSIONS, channels }, async ({ loader, publisher }) => {
      const next = (i) => ({ channel: channelOf(i) });
      const rate = PACE / reach;
      const paced = (seconds) => {
        const count = wholeSweeps(rate * seconds);
        return observeDeliveries(rival, loader, count * reach, () =>
          publishPaced(publisher, { rate, count, size: SIZE, next }),
        );
      };
      await paced(WARM_UP_SECONDS);
      const steady = await paced(SECONDS);
      const burst = await observeDeliveries(rival, loader, BURST, () =>
        publishBurst(publisher, { count: BURST / reach, size: SIZE, next }),
      );
      const lost = steady.lost + burst.lost;
      return { ...steady, burstCpu: burst.cpuPerDelivery, burstRate: burst.rate, rss: burst.rss, lost };

      /** Only whole sweeps over the channels reach a number of sessions that is known beforehand. */
      function wholeSweeps(events) {
        return reach === SESSIONS ? events : Math.ceil(events / CHANNELS) * CHANNELS;
      }
    });
  },
};
