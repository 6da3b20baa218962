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
  /** Answers what has been asked so far, and lets what waits behind it be asked. */
  const answerOnce = async () => {
    for (const resolve of running.splice(0)) resolve();
    await tick();
    node.loop.settle();
  };
  return { live, reloads, query, asked, callerWith, answerAll, answerOnce };
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

  /** The payloads of the updates, and `reload`, in the order in which they came. */
  const toldOf = ({ connection }: { connection: { text: string } }) =>
    [...connection.text.matchAll(/^(update|reload)\/\S+ (.*)$/gm)].map(([, status, payload]) =>
      status === 'reload' ? status : Number(payload),
    );

  it('are out before the updates that were published behind them, however often they are requested', async () => {
    const { live, reloads, query, callerWith, answerAll, answerOnce } = aReload();
    const alice = callerWith('alice');
    live.update(query.id, '1');
    reloads.request(query.id);
    live.update(query.id, '2');
    reloads.request(query.id);
    live.update(query.id, '3');
    reloads.request(query.id);
    live.update(query.id, '4');
    await answerOnce();
    expect(toldOf(alice)).toEqual([1, 'reload', 2, 3]);

    reloads.request(query.id);
    live.update(query.id, '5');
    await answerOnce();
    expect(toldOf(alice)).toEqual([1, 'reload', 2, 3, 'reload', 4]);

    await answerAll();
    live.update(query.id, '6');
    await answerAll();
    expect(toldOf(alice)).toEqual([1, 'reload', 2, 3, 'reload', 4, 'reload', 5, 6]);
    expect(query.held).toBeUndefined();
  });

  it('hold up nobody but those whom they are for', async () => {
    const { live, reloads, query, callerWith, answerAll } = aReload();
    const alice = callerWith('alice');
    reloads.request(query.id);
    await tick();
    const late = callerWith('bob');
    live.update(query.id, '1');
    await tick();
    await answerAll();

    expect(toldOf(alice)).toEqual(['reload', 1]);
    expect(toldOf(late)).toEqual([1]);
  });

  it('do not bring the next user what was held for the last', async () => {
    const { live, reloads, query, callerWith, answerAll } = aReload();
    const [alice, bob] = [callerWith('alice'), callerWith('bob')];
    reloads.request(query.id);
    live.update(query.id, '1');
    live.unwatchAll(alice.caller);
    alice.become('mallory', 'mallory');
    await answerAll();

    expect(toldOf(alice)).toEqual([]);
    expect(toldOf(bob)).toEqual(['reload', 1]);
  });

  it('hold no more updates than they may: those are told at once, and the next reload brings what is newest', async () => {
    const { live, reloads, query, asked, callerWith, answerAll } = aReload();
    const alice = callerWith('alice');
    reloads.request(query.id);
    for (let n = 1; n <= 300; n++) live.update(query.id, String(n));
    await answerAll();

    const told = toldOf(alice);
    expect(told.filter((one) => one !== 'reload')).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
    expect(told.indexOf('reload')).toBe(256);
    expect(told.lastIndexOf('reload')).toBe(257);
    expect(asked).toEqual(['alice', 'alice']);

    reloads.request(query.id);
    for (let n = 0; n < 3; n++) live.update(query.id, JSON.stringify('x'.repeat(100 * 1024)));
    expect(query.held?.holds([...query.watches][0]!)).toBe(true);
    await answerAll();
    expect(query.held).toBeUndefined();
    expect(asked).toHaveLength(4);
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
