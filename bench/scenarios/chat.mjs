import { ChatLoader } from '../loader/chat-loader.mjs';
import { Postgres } from '../sources/postgres.mjs';
import { median } from '../statistics.mjs';

const PAIRS = 50;
const SIZE = 256;
const MESSAGES = 20_000;
const WARM_UP = 5_000;
/** Messages of one sender that may be on their way; all senders together: a thousand. */
const WINDOW = 20;
/** A quiet hour: one message after the other. */
const QUIET = 300;

/**
 * Messages that are stored and delivered, against the same rows only stored, each by an INSERT of its own. Every message goes from
 * one user to another: it is judged, given its place in the log, committed, acknowledged, and pushed to both.
 */
export default {
  name: 'chat',
  title: `${MESSAGES} messages of ${SIZE} bytes between ${PAIRS} pairs of users, ${PAIRS * WINDOW} on their way; PostgreSQL`,
  rivals: ['hermes-chat', 'pg'],
  columns: [
    { key: 'rate', title: 'messages/s', digits: 0, ratio: true },
    { key: 'ack50', title: 'stored p50 ms', digits: 1 },
    { key: 'ack99', title: 'stored p99 ms', digits: 1 },
    { key: 'p50', title: 'send to receive p50 ms', digits: 1 },
    { key: 'p99', title: 'p99 ms', digits: 1 },
    { key: 'quiet50', title: 'one at a time: p50 ms', digits: 2 },
    { key: 'quiet99', title: 'p99 ms', digits: 2 },
    { key: 'cpuPerMessage', title: 'CPU us/message', digits: 1, ratio: true },
  ],

  async measure(rival, tools) {
    const postgres = await Postgres.start();
    try {
      await rival.start({ ...tools, postgres, users: 2 * PAIRS });
      return await (rival.insert ? storeOnly(rival) : chat(rival));
    } finally {
      await rival.stop();
      await postgres.stop();
    }
  },
};

async function storeOnly(rival) {
  const insert = (count, window) => rival.insert({ count, window, channels: PAIRS, size: SIZE });
  await insert(WARM_UP, PAIRS * WINDOW);
  const { result, cpu } = await rival.watch(() => insert(MESSAGES, PAIRS * WINDOW));
  const quiet = await insert(QUIET, 1);
  return { ...figures(result, cpu), quiet50: quiet.ack50, quiet99: quiet.ack99, loader: 0 };
}

async function chat(rival) {
  const loader = new ChatLoader();
  try {
    await loader.order('open', { address: rival.address, count: 2 * PAIRS });
    await loader.order('send', { count: WARM_UP, window: WINDOW, size: SIZE });
    const { result, cpu } = await rival.watch(() =>
      loader.order('send', { count: MESSAGES, window: WINDOW, size: SIZE }),
    );
    const quiet = [];
    for (let n = 0; n < QUIET; n++) quiet.push((await loader.order('send', { count: 1, window: 1, size: SIZE })).p99);
    quiet.sort((a, b) => a - b);
    const quiet99 = quiet[Math.floor(QUIET * 0.99)];
    return { ...result, ...figures(result, cpu), quiet50: median(quiet), quiet99 };
  } finally {
    await loader.stop();
  }
}

function figures({ wall, acked, ack50, ack99 }, cpu) {
  return { rate: (acked / wall) * 1e9, cpuPerMessage: cpu / 1_000 / acked, ack50, ack99 };
}
