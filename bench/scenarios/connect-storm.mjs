import { authorize, handshake, staticProvider, subscribe } from '../rivals/hermes-protocol.mjs';
import { withLoader, withServer } from './stage.mjs';

const CLIENTS = 5_000;
const WARM_UP = 1_000;

const CASES = {
  'connect only': [],
  'connect, handshake, authorize, subscribe': [handshake, authorize, subscribe('prices')],
};

/** Everybody comes at once, as after a network has been away; each step waits for its answer. */
export default {
  name: 'connect-storm',
  title: `${CLIENTS} clients at full speed, static AuthProvider`,
  rivals: ['hermes', 'bare-ws'],
  variants: Object.keys(CASES),
  columns: [
    { key: 'rate', title: 'sessions/s', digits: 0, ratio: true },
    { key: 'cpuPerSession', title: 'CPU us/session', digits: 0, ratio: true },
    { key: 'cores', title: 'server cores', digits: 2 },
  ],

  measure(rival, tools, variant) {
    const env = { HERMES_AUTH_PROVIDERS: staticProvider(CLIENTS + WARM_UP) };
    return withServer(rival, tools, env, () =>
      withLoader(async (loader) => {
        const clients = { ...rival.clients(), steps: CASES[variant] };
        await loader.connect(WARM_UP, clients);
        const { result, cpu } = await rival.watch(() => loader.connect(CLIENTS, clients));
        const { nanoseconds, cpu: loaderCpu } = result;
        return {
          rate: (CLIENTS / nanoseconds) * 1e9,
          cpuPerSession: cpu / 1_000 / CLIENTS,
          cores: cpu / nanoseconds,
          loader: loaderCpu / nanoseconds,
        };
      }),
    );
  },
};
