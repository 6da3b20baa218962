import { Logger } from '@nestjs/common';
import { aNode } from '../../../test/support/builders/index.js';
import { LogRecorder } from '../../../test/support/log-recorder.js';
import type { ChatBus } from '../live/index.js';
import type { ChatSignal } from '../model/index.js';
import { MemoryPresence } from './memory-presence.js';
import type { PresenceAudience } from './presence-audience.js';
import { PresenceService } from './presence.service.js';
import type { PresenceChange, Turn } from './presence-store.js';
import { PresenceTimes } from './presence-times.js';
import { Roster } from './roster.js';

/** Memory that a test may take away, and that writes down what it is asked to do. */
class BreakableStore extends MemoryPresence {
  override isAway = false;
  override works = true;
  anew = false;
  fault: string | undefined;
  readonly batches: (readonly PresenceChange[])[] = [];
  readonly dead: string[][] = [];
  tended = 0;
  forgotten = 0;
  graceGiven: number | undefined;
  back: () => void = () => undefined;

  override async apply(changes: readonly PresenceChange[]): Promise<readonly Turn[]> {
    if (this.fault !== undefined) throw new Error(this.fault);
    this.batches.push(changes);
    return super.apply(changes);
  }

  override of(userIds: readonly string[]) {
    if (this.fault !== undefined) return Promise.reject(new Error(this.fault));
    return Promise.resolve(userIds.map((userId) => ({ userId, online: false, lastSeen: 42 })));
  }

  override tend(): Promise<{ anew: boolean }> {
    this.tended++;
    if (this.fault !== undefined) return Promise.reject(new Error(this.fault));
    const { anew } = this;
    this.anew = false;
    return Promise.resolve({ anew });
  }

  override reap() {
    return Promise.resolve(this.dead.shift());
  }

  override whenBack(watcher: () => void): void {
    this.back = watcher;
  }

  override forget(): void {
    this.forgotten++;
  }

  override leave(grace: number): Promise<void> {
    this.graceGiven = grace;
    return Promise.resolve();
  }

  get changes(): string[] {
    return this.batches.flat().map(({ kind, userId }) => `${userId} ${kind}`);
  }
}

const open: PresenceService[] = [];

async function aService(kind: 'memory' | 'breakable' = 'memory') {
  const node = aNode();
  const times = new PresenceTimes();
  const roster = new Roster(node.clock, Date, times.grace);
  const store = new BreakableStore(roster);
  const signals: ChatSignal[] = [];
  const bus = {
    publish: (more: readonly ChatSignal[]) => Promise.resolve(signals.push(...more) >= 0),
  } as unknown as ChatBus;
  const audience = {
    channelsOf: (userIds: readonly string[]) => Promise.resolve(new Map(userIds.map((id) => [id, [`c-${id}`]]))),
  } as unknown as PresenceAudience;
  const chosen = kind === 'memory' ? new MemoryPresence(roster) : store;
  const service = new PresenceService(node.delivery, roster, chosen, times, audience, bus);
  open.push(service);
  service.onModuleInit();
  service.onApplicationBootstrap();
  const told = (): string[] =>
    signals.map((signal) => (signal.kind === 'presence' ? `${signal.userId} ${signal.online ? 'came' : 'went'}` : '?'));
  /** Time passes, and all that is due is done. */
  const pass = async (milliseconds: number): Promise<void> => {
    node.clock.advance(milliseconds);
    service.tick();
    await settled();
  };
  await settled();
  return { node, service, store, told, pass };
}

/** Several turns of the event loop, in which everything that waits for nothing else comes to its end. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('PresenceService', () => {
  let log: LogRecorder;

  beforeEach(() => {
    log = LogRecorder.install();
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map((service) => service.beforeApplicationShutdown()));
    Logger.overrideLogger(false);
  });

  it('tells the first session of a user, and none of the others', async () => {
    const { node, service, told } = await aService();
    node.connectAs('u1');
    node.connectAs('u1');
    await settled();

    expect(told()).toEqual(['u1 came']);
    expect(await service.of(['u1', 'u2'])).toEqual([
      { userId: 'u1', online: true, lastSeen: 0 },
      { userId: 'u2', online: false, lastSeen: 0 },
    ]);
  });

  it('tells that he has gone when the grace is over, and then when he was seen last', async () => {
    const { node, service, told, pass } = await aService();
    const { subscriber } = node.connectAs('u1');
    await settled();
    node.delivery.disconnect(subscriber);

    await pass(1_999);
    expect(told()).toEqual(['u1 came']);
    expect((await service.of(['u1']))[0]?.online).toBe(true);

    await pass(1);
    expect(told()).toEqual(['u1 came', 'u1 went']);
    const [presence] = await service.of(['u1']);
    expect(presence?.online).toBe(false);
    expect(Math.abs(Date.now() - (presence?.lastSeen ?? 0))).toBeLessThan(60_000);
  });

  it('says nothing of a client that reconnects within the grace', async () => {
    const { node, told, pass } = await aService();
    const { subscriber } = node.connectAs('u1');
    await settled();
    node.delivery.disconnect(subscriber);
    await pass(1_000);
    node.connectAs('u1');
    await pass(60_000);

    expect(told()).toEqual(['u1 came']);
  });

  it('knows users who came before it began to watch', async () => {
    const node = aNode();
    node.connectAs('u1');
    const roster = new Roster(node.clock, Date, 1);
    const times = new PresenceTimes();
    const nobody = { publish: () => Promise.resolve(true), channelsOf: () => Promise.resolve(new Map()) };
    const service = new PresenceService(
      node.delivery,
      roster,
      new MemoryPresence(roster),
      times,
      nobody as unknown as PresenceAudience,
      nobody as unknown as ChatBus,
    );
    service.onModuleInit();

    expect((await service.of(['u1']))[0]?.online).toBe(true);
  });

  it('answers for who is here whatever the store says, in the order it was asked, doubles included', async () => {
    const { node, service } = await aService('breakable');
    node.connectAs('u1');

    expect((await service.of(['u9', 'u1', 'u9'])).map(({ userId, online }) => [userId, online])).toEqual([
      ['u9', false],
      ['u1', true],
      ['u9', false],
    ]);
    expect(await service.of([])).toEqual([]);
  });

  it('makes batches of those who come together', async () => {
    const { node, store } = await aService('breakable');
    for (let user = 0; user < 1_200; user++) node.connectAs(`u${user}`);
    await settled();

    expect(store.batches.map(({ length }) => length)).toEqual([500, 500, 200]);
  });

  it('applies the latest for each user once the store is back', async () => {
    const { node, store, told, pass } = await aService('breakable');
    store.works = false;
    const { subscriber } = node.connectAs('u1');
    node.connectAs('u2');
    await settled();
    node.delivery.disconnect(subscriber);
    await pass(2_000);
    expect(store.changes).toEqual([]);

    store.works = true;
    await pass(250);
    expect(store.changes).toEqual(['u2 came', 'u1 went']);
    expect(told()).toContain('u2 came');
  });

  it('applies again what failed', async () => {
    const { node, store, pass } = await aService('breakable');
    store.fault = 'OOM';
    node.connectAs('u1');
    await settled();
    expect(store.changes).toEqual([]);

    store.fault = undefined;
    await pass(250);
    expect(store.changes).toEqual(['u1 came']);
  });

  it('tells a store that has forgotten of everybody who is here', async () => {
    const { node, store, pass } = await aService('breakable');
    for (let user = 0; user < 600; user++) node.connectAs(`u${user}`);
    await settled();
    store.batches.splice(0);

    store.anew = true;
    await pass(2_000);
    expect(store.batches.map(({ length }) => length)).toEqual([500, 100]);
    expect(store.batches.flat().every(({ kind }) => kind === 'stays')).toBe(true);
  });

  it('begins anew with everybody when telling them failed in between', async () => {
    const { node, store, pass } = await aService('breakable');
    node.connectAs('u1');
    await settled();
    store.batches.splice(0);
    store.anew = true;
    jest.spyOn(store, 'apply').mockRejectedValueOnce(new Error('gone in between'));
    await pass(2_000);
    await pass(250);

    expect(store.changes).toEqual(['u1 stays']);
  });

  it('waits for 100,000 users at most, and then begins anew', async () => {
    const { node, service, store, pass } = await aService('breakable');
    store.works = false;
    for (let user = 0; user <= 100_000; user++) node.connectAs(`u${user}`);
    expect(store.forgotten).toBe(1);
    expect(service.stats['overflows']).toBe(1);

    store.works = true;
    store.anew = true;
    await pass(2_000);
    await settled();
    for (let turn = 0; turn < 100; turn++) await settled();
    expect(new Set(store.batches.flat().map(({ userId }) => userId)).size).toBe(100_001);
  });

  it('says that it is alive at every renewal, and at once when the store is back', async () => {
    const { store, pass } = await aService('breakable');
    const before = store.tended;
    await pass(1_999);
    expect(store.tended).toBe(before);
    await pass(1);
    expect(store.tended).toBe(before + 1);

    store.back();
    await settled();
    expect(store.tended).toBe(before + 2);
  });

  it('does not ask a store that is away, and answers by itself', async () => {
    const { node, service, store, pass } = await aService('breakable');
    node.connectAs('u1');
    await settled();
    const before = store.tended;
    store.isAway = true;
    store.fault = 'asked although it is away';
    await pass(10_000);

    expect((await service.of(['u1', 'u2'])).map(({ online }) => online)).toEqual([true, false]);
    expect(store.tended).toBe(before);
    expect(service.stats).toMatchObject({ answeredAlone: 1, failures: 0 });
    expect(log.lines).toEqual([]);
  });

  it('says once that the store fails, and once that it does not any more', async () => {
    const { service, store, pass } = await aService('breakable');
    store.fault = 'READONLY';
    await pass(2_000);
    await pass(2_000);
    await service.of(['u1']);
    expect(log.of('presence.store.failed')).toHaveLength(1);
    expect(service.stats['failures']).toBe(3);

    store.fault = undefined;
    await pass(2_000);
    expect(log.of('presence.store.recovered')).toHaveLength(1);
  });

  it('tells the goings of those whose node has died', async () => {
    const { store, told, pass } = await aService('breakable');
    store.dead.push(['u7', 'u8'], [], ['u9']);
    await pass(2_000);

    expect(told()).toEqual(['u7 went', 'u8 went', 'u9 went']);
  });

  it('gives its users time to come to another node when it ends', async () => {
    const { service, store } = await aService('breakable');
    await service.beforeApplicationShutdown();
    const { tended } = store;
    service.tick();
    await settled();

    expect(store.graceGiven).toBe(2_000);
    expect(store.tended).toBe(tended);
  });

  it('is not held up by a store that does not answer its farewell', async () => {
    const { service, store } = await aService('breakable');
    jest.spyOn(store, 'leave').mockReturnValue(new Promise<void>(() => undefined));

    await expect(service.beforeApplicationShutdown()).resolves.toBeUndefined();
  });
});
