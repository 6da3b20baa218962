import { setImmediate as tick } from 'node:timers/promises';
import { Secret } from '@hermes/auth-provider';
import { aNode, aSession } from '../../../test/support/builders/index.js';
import type { DeliveryConfig } from '../../sessions/index.js';
import type { BackEndCall } from './back-end-call.js';
import type { Answer, BackEnds } from './back-ends.js';
import { Caller } from './caller.js';
import { LiveQueries } from './live-queries.js';
import { Reloads } from './reloads.js';

/** Requests of one query that run at a time; one more has to wait. */
const LANES = 16;

function aReload() {
  const node = aNode();
  const live = new LiveQueries({ maxSubscriptions: 1_000 } as DeliveryConfig);
  const asked: (string | undefined)[] = [];
  const running: (() => void)[] = [];
  const backEnds = {
    ask: async (_call: BackEndCall, { token }: { token: Secret | undefined }): Promise<Answer> => {
      asked.push(token?.reveal());
      await new Promise<void>((resolve) => running.push(resolve));
      return { kind: 'ok', payload: JSON.stringify(`for ${token?.reveal()}`) };
    },
  } as unknown as BackEnds;
  const reloads = new Reloads(live, backEnds);
  const query = live.of('offers', { id: 1 });
  const call = {
    definition: { name: 'q', tokenHeader: 'Authorization' },
    url: 'http://x/',
    method: 'GET',
    scope: {},
  } as unknown as BackEndCall;

  const callerWith = (token: string) => {
    const { session, connection } = aSession({ delivery: node.delivery });
    const caller = new Caller(session, '/web');
    const become = (user: string, its: string) => {
      node.delivery.identify(session.subscriber, { userId: user, role: undefined });
      caller.become(new Secret(its));
    };
    become(token, token);
    live.watch(caller, query, call);
    const expire = () => node.delivery.identify(session.subscriber, undefined);
    return { caller, connection, become, expire };
  };
  const answerAll = async () => {
    for (let round = 0; round < 5; round++) {
      for (const resolve of running.splice(0)) resolve();
      await tick();
    }
    node.loop.settle();
  };
  return { live, reloads, query, asked, callerWith, answerAll };
}

describe('Reloads', () => {
  it('ask for a group with the token it was made for, whoever its first session has become meanwhile', async () => {
    const { live, reloads, query, asked, callerWith, answerAll } = aReload();
    const [first, second] = [callerWith('alice'), callerWith('alice')];
    for (let i = 0; i < LANES; i++) callerWith(`user ${i}`);
    reloads.request(query.id);
    await tick();

    live.unwatchAll(first.caller);
    first.become('mallory', 'mallory');
    await answerAll();

    expect(asked).toContain('alice');
    expect(asked).not.toContain('mallory');
    expect(first.connection.text).toBe('');
    expect(second.connection.text).toContain('for alice');
  });

  it('ask for those who are left when one of a group has run out of time', async () => {
    const { reloads, query, asked, callerWith, answerAll } = aReload();
    const [first, second] = [callerWith('alice'), callerWith('alice')];
    for (let i = 0; i < LANES; i++) callerWith(`user ${i}`);
    reloads.request(query.id);
    await tick();

    first.expire();
    await answerAll();

    expect(asked.filter((token) => token === 'alice')).toHaveLength(1);
    expect(first.connection.text).toBe('');
    expect(second.connection.text).toContain('for alice');
  });

  it('ask for nobody when all of a group have gone', async () => {
    const { live, reloads, query, asked, callerWith, answerAll } = aReload();
    const gone = callerWith('alice');
    for (let i = 0; i < LANES; i++) callerWith(`user ${i}`);
    reloads.request(query.id);
    await tick();

    live.unwatchAll(gone.caller);
    await answerAll();

    expect(asked).not.toContain('alice');
  });
});
