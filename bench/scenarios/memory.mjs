import { setTimeout as pause } from 'node:timers/promises';
import { authorize, handshake, staticProvider, subscribe } from '../rivals/hermes-protocol.mjs';
import { withLoader, withServer } from './stage.mjs';

const SESSIONS = 10_000;
/** Milliseconds after the start, and after the last client came, for the server to come to rest. */
const REST = 8_000;

/** What an idle session holds on to: resident memory over that of the server before anybody came. */
export default {
  name: 'memory',
  title: `${SESSIONS} idle sessions, authorized and with one subscription; bare ws: connected`,
  rivals: ['hermes', 'bare-ws'],
  columns: [
    { key: 'perSession', title: 'KiB/session', digits: 2, ratio: true },
    { key: 'before', title: 'RSS MiB before', digits: 0 },
    { key: 'after', title: 'RSS MiB after', digits: 0 },
  ],

  measure(rival, tools) {
    const env = { HERMES_AUTH_PROVIDERS: staticProvider(SESSIONS) };
    const steps = rival.name === 'bare-ws' ? [] : [handshake, authorize, subscribe('prices')];
    return withServer(rival, tools, env, () =>
      withLoader(async (loader) => {
        await pause(REST);
        const before = rival.memory;
        await loader.connect(SESSIONS, { ...rival.clients(), steps });
        await pause(REST);
        const after = rival.memory;
        const perSession = (after - before) / SESSIONS / 1024;
        return { perSession, before: before / 1024 ** 2, after: after / 1024 ** 2, loader: 0 };
      }),
    );
  },
};
