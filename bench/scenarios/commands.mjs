import { subscribe } from '../rivals/hermes-protocol.mjs';
import { flood } from './flood.mjs';
import { withLoader, withServer } from './stage.mjs';

const WINDOW = 64;
const PROBES = 300;
/** Microseconds between two commands of the client that measures its round trip. */
const PAUSE = 10_000;
const UNLIMITED = { HERMES_COMMAND_RATE: '0' };

const CASES = { '1 client': 1, '100 clients': 100, 'a flood beside': undefined };

/** Commands with guard, validation and interceptor in their path, against a handler that parses and answers. */
export default {
  name: 'commands',
  title: `subscribe commands, ${WINDOW} in flight a client; and the round trip of one client beside the flood of another`,
  rivals: ['hermes', 'bare-ws'],
  variants: Object.keys(CASES),
  columns: [
    { key: 'rate', title: 'commands/s', digits: 0, ratio: true },
    { key: 'cpuPerCommand', title: 'CPU us/command', digits: 2, ratio: true },
    { key: 'p50', title: 'round trip p50 ms', digits: 2, ratio: true },
    { key: 'p99', title: 'p99 ms', digits: 2, ratio: true },
    { key: 'cores', title: 'server cores', digits: 2 },
  ],

  measure(rival, tools, variant) {
    const command = subscribe('prices');
    const count = CASES[variant];
    return withServer(rival, tools, UNLIMITED, () =>
      withLoader(async (flooding) => {
        const clients = { ...rival.clients(), steps: [] };
        await flooding.connect(count ?? 1, clients);
        if (count !== undefined) return flood(rival, flooding, command, { count, window: WINDOW });
        return withLoader(async (probing) => {
          await probing.connect(1, clients);
          const others = flood(rival, flooding, command, { count: 1, window: WINDOW });
          await probing.probe(command, { goal: PROBES, pause: PAUSE, milliseconds: 4_500 });
          const { p50, p99 } = await probing.report();
          return { ...(await others), p50: p50 / 1_000, p99: p99 / 1_000 };
        });
      }),
    );
  },
};
