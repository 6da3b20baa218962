import { ChatLoader } from '../loader/chat-loader.mjs';
import { Postgres } from '../sources/postgres.mjs';
import { CPU, LATENCY, RSS } from './columns.mjs';

const MEMBERS = 1_000;
const SIZE = 256;
const RATE = 10;
const MESSAGES = 60;
const WARM_UP = 30;

/** One channel with a thousand members, all of them connected. */
export default {
  name: 'chat-fanout',
  title: `a channel with ${MEMBERS} members, ${SIZE} bytes, ${RATE} messages/s`,
  rivals: ['hermes-chat', 'grpc-loop'],
  columns: [CPU, ...LATENCY, { key: 'ack50', title: 'stored p50 ms', digits: 2 }, RSS],

  async measure(rival, tools) {
    const postgres = await Postgres.start();
    const loader = new ChatLoader();
    try {
      await rival.start({ ...tools, postgres, users: MEMBERS });
      await loader.order('open', { address: rival.address, count: MEMBERS });
      const { id: channel } = await loader.order('create', { type: 'GROUP', count: MEMBERS });
      const pace = (count) => loader.order('pace', { channel, count, rate: RATE, size: SIZE, reach: MEMBERS });
      await pace(WARM_UP);
      const { result, cpu, rss } = await rival.watch(() => pace(MESSAGES));
      return { ...result, cpuPerDelivery: cpu / 1_000 / result.deliveries, rss: rss / 1024 ** 2 };
    } finally {
      await loader.stop();
      await rival.stop();
      await postgres.stop();
    }
  },
};
