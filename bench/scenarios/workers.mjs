import { subscribe } from '../rivals/hermes-protocol.mjs';
import { flood } from './flood.mjs';
import { withLoader, withServer } from './stage.mjs';

const CLIENTS = 100;
const WINDOW = 64;

/**
 * One process against two, on work whose load costs little to make: commands. With all of it on one machine the clients
 * take their share of the cores from the workers.
 */
export default {
  name: 'workers',
  title: `HERMES_WORKERS=1 and 2: commands of ${CLIENTS} clients, ${WINDOW} in flight each`,
  rivals: ['hermes', 'bare-ws'],
  variants: ['1', '2'],
  columns: [
    { key: 'rate', title: 'commands/s', digits: 0, ratio: true },
    { key: 'cpuPerCommand', title: 'CPU us/command', digits: 2 },
    { key: 'cores', title: 'server cores', digits: 2 },
    { key: 'sessions', title: `sessions in /metrics (of ${CLIENTS})`, digits: 0 },
  ],

  measure(rival, tools, workers) {
    const env = { HERMES_COMMAND_RATE: '0', ...(workers === '1' ? {} : { HERMES_WORKERS: workers }) };
    rival.core = undefined;
    return withServer(rival, tools, env, () =>
      withLoader(async (loader) => {
        await loader.connect(CLIENTS, { ...rival.clients(), steps: [] });
        const figures = await flood(rival, loader, subscribe('prices'), { count: CLIENTS, window: WINDOW });
        const sessions = (await rival.metric?.('hermes_sessions')) ?? NaN;
        return { ...figures, sessions };
      }),
    );
  },
};
