import type { ChatSignal } from '../model/index.js';
import { PresenceTeller } from './presence-teller.js';

/** A teller whose surroundings a test may break. */
function aTeller() {
  const world = {
    online: new Set<string>(),
    unknown: new Set<string>(),
    solitary: new Set<string>(),
    storeIsAway: false,
    busIsAway: false,
    signals: [] as ChatSignal[],
  };
  const audience = {
    channelsOf: (userIds: readonly string[]) =>
      world.storeIsAway
        ? Promise.reject(new Error('away'))
        : Promise.resolve(
            new Map(
              userIds
                .filter((user) => !world.unknown.has(user))
                .map((user) => [user, world.solitary.has(user) ? [] : [`c-${user}`]] as const),
            ),
          ),
  };
  const bus = {
    publish: (signals: readonly ChatSignal[]) => {
      if (!world.busIsAway) world.signals.push(...signals);
      return Promise.resolve(!world.busIsAway);
    },
  };
  const presences = (userIds: readonly string[]) =>
    Promise.resolve(
      userIds.map((userId) => ({
        userId,
        online: world.online.has(userId),
        lastSeen: world.online.has(userId) ? 0 : 7,
      })),
    );
  const teller = new PresenceTeller(audience, bus, presences);
  const told = (): string[] =>
    world.signals.splice(0).map((signal) => (signal.kind === 'presence' ? `${signal.userId} ${signal.online}` : '?'));
  return { teller, world, told };
}

describe('PresenceTeller', () => {
  it('tells comings and goings in the channels of the user', async () => {
    const { teller, world } = aTeller();
    world.online.add('u1');
    teller.tell([
      { userId: 'u1', online: true },
      { userId: 'u2', online: false },
    ]);
    await teller.work();

    expect(world.signals).toEqual([
      { kind: 'presence', userId: 'u1', online: true, lastSeen: 0, channels: ['c-u1'] },
      { kind: 'presence', userId: 'u2', online: false, lastSeen: 7, channels: ['c-u2'] },
    ]);
    expect(teller.stats).toEqual({ told: 2, outdated: 0, postponed: 0, dropped: 0 });
  });

  it('does not tell what is not so any more', async () => {
    const { teller, world, told } = aTeller();
    world.online.add('u2');
    teller.tell([
      { userId: 'u1', online: true },
      { userId: 'u2', online: false },
    ]);
    await teller.work();

    expect(told()).toEqual([]);
    expect(teller.stats.outdated).toBe(2);
  });

  it('tells nobody of a user who has no channels', async () => {
    const { teller, world, told } = aTeller();
    world.solitary.add('u1');
    teller.tell([{ userId: 'u1', online: false }]);
    await teller.work();
    await teller.work();

    expect(told()).toEqual([]);
    expect(teller.stats).toMatchObject({ told: 0, postponed: 0 });
  });

  it.each(['storeIsAway', 'busIsAway'] as const)('tells it later when it cannot now: %s', async (trouble) => {
    const { teller, world, told } = aTeller();
    world[trouble] = true;
    teller.tell([{ userId: 'u1', online: false }]);
    await teller.work();
    expect(told()).toEqual([]);

    world[trouble] = false;
    await teller.work();
    expect(told()).toEqual(['u1 false']);
    expect(teller.stats).toMatchObject({ told: 1, postponed: 1 });
  });

  it('does not let those whose channels are not known yet hold up the others', async () => {
    const { teller, world, told } = aTeller();
    world.unknown.add('u1');
    teller.tell([
      { userId: 'u1', online: false },
      { userId: 'u2', online: false },
    ]);
    await teller.work();
    expect(told()).toEqual(['u2 false']);

    world.unknown.clear();
    await teller.work();
    expect(told()).toEqual(['u1 false']);
  });

  it('tells what comes while it tells', async () => {
    const { teller, told } = aTeller();
    teller.tell([{ userId: 'u1', online: false }]);
    const working = teller.work();
    teller.tell([{ userId: 'u2', online: false }]);
    void teller.work();
    await working;

    expect(told()).toEqual(['u1 false', 'u2 false']);
  });

  it('lets 20,000 users wait, and counts those it drops', () => {
    const { teller } = aTeller();
    teller.tell(Array.from({ length: 20_003 }, (_, user) => ({ userId: `u${user}`, online: false })));

    expect(teller.room).toBe(0);
    expect(teller.stats.dropped).toBe(3);
  });
});
