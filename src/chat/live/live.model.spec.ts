import { ConsoleLogger, Logger } from '@nestjs/common';
import * as fc from 'fast-check';
import type { ServerEvent } from '@hermes/protocol';
import { ChatNode, FakeBus, type ChatListener } from '../../../test/support/chat/chat-node.js';
import { FakeChatStore } from '../../../test/support/chat/fake-chat-store.js';
import type { HermesEvent } from '../../delivery/index.js';
import { positionOf } from '../model/index.js';

/*
 * Two nodes over one log, with everything between them in the hands of chance: what is committed, which signals are
 * lost, doubled or turned around, when the store looks and when its answer comes, who connects where and when he reads.
 * Whatever happens, a client that keeps its positions has in the end every entry it may see, once and in order.
 */

const CHANNELS = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'] as const;
const STEPS = 80;

/** A client that keeps one position a channel, as the contract asks, and resumes with them wherever it connects. */
class Client {
  readonly seen: Map<string, number>;
  readonly faults: string[] = [];
  /** Entries by channel, over all of its sessions. */
  readonly got = new Map<string, number[]>();
  #listener: ChatListener | undefined;

  /** @param channels those that it has seen the beginning of */
  constructor(
    readonly userId: string,
    channels: readonly string[],
  ) {
    this.seen = new Map(channels.map((channelId) => [channelId, 1]));
  }

  get connected(): boolean {
    return this.#listener !== undefined;
  }

  connect(node: ChatNode): void {
    const listener = (this.#listener = node.connect(this.userId));
    const positions = [...this.seen].map(([channelId, position]) => ({ channelId, position }));
    node.chat.resume(listener.session, positions).then(
      () => undefined,
      (error: unknown) => this.faults.push(String(error)),
    );
  }

  disconnect(): void {
    this.read();
    this.#listener?.session.left();
    this.#listener = undefined;
  }

  stall(): void {
    this.#listener?.connection.stall();
  }

  read(): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    listener.connection.read();
    for (const event of listener.received()) this.#apply(event);
    if (!listener.session.open) this.faults.push('the session was closed');
  }

  #apply({ message, membership, changed }: ServerEvent): void {
    const entry = message ?? membership ?? changed;
    if (!entry) return;
    const { channelId, position } = entry;
    if (position <= (this.seen.get(channelId) ?? 0)) this.faults.push(`${channelId} ${position} is a double`);
    this.seen.set(channelId, position);
    this.got.set(channelId, [...(this.got.get(channelId) ?? []), position]);
  }
}

/** Store calls that are held back until the test lets them go on, in any order. */
class Gate {
  #held: (() => void)[] = [];
  open = false;

  readonly pass = (): Promise<void> =>
    this.open ? Promise.resolve() : new Promise((resolve) => this.#held.push(resolve));

  release(which: number): void {
    this.#held.splice(which % Math.max(1, this.#held.length), 1)[0]?.();
  }

  openWide(): void {
    this.open = true;
    for (const go of this.#held.splice(0)) go();
  }
}

type Chance = (most: number) => number;

class World {
  readonly gate = new Gate();
  readonly store = new FakeChatStore(this.gate.pass);
  readonly bus = new FakeBus();
  readonly nodes = [new ChatNode(this.store, this.bus), new ChatNode(this.store, this.bus)] as const;
  readonly clients = [
    new Client('ada', CHANNELS),
    new Client('ada', CHANNELS),
    new Client('bob', CHANNELS),
    new Client('carl', []),
    new Client('carl', []),
  ];
  /** Signals on their way to each node. */
  readonly #onTheirWay: HermesEvent[][] = [[], []];
  #sent = 0;

  constructor(private readonly chance: Chance) {
    const members = ['bob'].map((userId) => ({ userId, permissions: undefined }));
    for (const channelId of CHANNELS) {
      this.store.judge({ ...begun, kind: 'create', channelId, type: 'GROUP', strategy: 'DURABLE', members });
    }
  }

  async step(): Promise<void> {
    const { chance } = this;
    const client = this.clients[chance(4)] as Client;
    switch (chance(12)) {
      case 0:
      case 1:
        this.#commit(1 + chance(3));
        break;
      case 2:
      case 3:
        this.#signal(chance(1), chance(9));
        break;
      case 4:
      case 5:
      case 6:
        this.gate.release(chance(7));
        break;
      case 7:
        if (client.connected) client.disconnect();
        else client.connect(this.nodes[chance(1)] as ChatNode);
        break;
      case 8:
        if (chance(1) === 0) client.stall();
        else client.read();
        break;
      case 9:
        void this.nodes[chance(1)]?.sweep.run();
        break;
      case 10:
        this.#changeMembers();
        break;
      case 12:
        this.#lie();
        break;
      case 11:
        for (const node of this.nodes) node.core.loop.turn();
        break;
    }
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }

  /** Lets everything go on until nothing is left to do; what is on the bus then is lost. */
  async settle(): Promise<void> {
    this.gate.openWide();
    for (const client of this.clients) if (!client.connected) client.connect(this.nodes[this.chance(1)] as ChatNode);
    for (let round = 0; round < 40; round++) {
      for (const client of this.clients) client.read();
      for (const node of this.nodes) {
        node.core.loop.settle();
        if (round % 3 === 2) await node.sweep.run();
      }
      for (let turn = 0; turn < 60; turn++) await Promise.resolve();
    }
    for (const client of this.clients) client.disconnect();
    for (const node of this.nodes) await node.stop();
  }

  #commit(count: number): void {
    const channelId = CHANNELS[this.chance(1)] as string;
    const entries = Array.from({ length: count }, () => {
      const outcome = this.store.judge({
        ...begun,
        kind: 'send',
        to: { channelId },
        id: `m${++this.#sent}`,
        body: 'x'.repeat(this.chance(1) * 30_000),
        parent: 0,
        attachments: [],
      });
      return outcome.kind === 'written' ? outcome.entries : [];
    }).flat();
    this.#publish([{ kind: 'entries', channelId, entries }]);
  }

  /** Carl comes and goes. */
  #changeMembers(): void {
    const channelId = CHANNELS[this.chance(1)] as string;
    const isMember = this.store.log(channelId).members.has('carl');
    const outcome = isMember
      ? this.store.judge({ ...begun, kind: 'remove', channelId, userId: 'carl' })
      : this.store.judge({ ...begun, kind: 'add', channelId, members: [{ userId: 'carl', permissions: undefined }] });
    if (outcome.kind === 'written') this.#publish([{ kind: 'entries', channelId, entries: outcome.entries }]);
  }

  /** Somebody who may write to the bus says what is not so. */
  #lie(): void {
    const channelId = CHANNELS[this.chance(1)] as string;
    const position = [1e15, 1, this.chance(200), -1, 0.5, Number.NaN][this.chance(5)] as number;
    const last = this.store.log(channelId).entries.at(-1);
    // Behind a gap: what is next, nobody can tell from the truth.
    const far = { kind: 'membership', membership: { channelId, position: position + 2 ** 20, kind: 'REMOVED' } };
    const lies = [
      { kind: 'head', channelId, position },
      { kind: 'head', channelId: { toString: 7 }, position: '9'.repeat(100) },
      { kind: 'entries', channelId, entries: [far] },
      { kind: 'entries', channelId, entries: [{ kind: 'message' }, null, last] },
      { kind: 'entries', channelId: CHANNELS[0], entries: [last, last] },
      { kind: 'entries', channelId, entries: 'all of them' },
      { kind: 'presence', userId: 'ada', online: 'yes', lastSeen: position, channels: {} },
      { kind: '__proto__', channelId },
    ];
    this.#publish([lies[this.chance(lies.length - 1)] as never]);
  }

  #publish(signals: Parameters<ChatNode['bus']['publish']>[0]): void {
    void this.nodes[0].bus.publish(signals);
    for (const event of this.bus.events.splice(0)) for (const way of this.#onTheirWay) way.push(event);
  }

  /** Brings one signal to a node: usually the next, now and then another one, twice or not at all. */
  #signal(which: number, fate: number): void {
    const way = this.#onTheirWay[which] ?? [];
    if (way.length === 0) return;
    const index = fate < 6 ? 0 : this.chance(way.length - 1);
    const [event] = way.splice(index, 1);
    if (event === undefined || fate === 7) return;
    this.nodes[which]?.hear([event]);
    if (fate === 8) way.push(event);
  }
}

const begun = { by: 'ada', at: 1, name: '', ttl: 0 } as const;

describe('what clients are shown', () => {
  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(new ConsoleLogger()));

  it('is every entry, once and in order, whatever is lost, doubled, turned around, late or a lie', async () => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat({ max: 2 ** 20 })), async (numbers) => {
        const chance: Chance = (most) => (numbers.next().value as number) % (most + 1);
        const world = new World(chance);
        for (let step = 0; step < STEPS; step++) await world.step();
        await world.settle();

        for (const client of world.clients) expect(client.faults).toEqual([]);
        for (const channelId of CHANNELS) {
          const all = world.store.log(channelId).entries.map(positionOf);
          for (const client of world.clients.slice(0, 3)) expect(client.got.get(channelId) ?? []).toEqual(all.slice(1));
          // Who was a member now and then has everything since he became one the last time.
          const since = world.store.log(channelId).members.get('carl')?.since;
          if (since === undefined) continue;
          for (const carl of world.clients.slice(3)) {
            const got = carl.got.get(channelId)?.filter((position) => position >= since);
            expect(got).toEqual(all.filter((position) => position >= since));
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
