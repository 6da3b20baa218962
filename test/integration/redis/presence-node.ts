import type { ChatBus } from '../../../src/chat/live/index.js';
import type { ChatSignal } from '../../../src/chat/model/index.js';
import { PresenceService, type PresenceAudience } from '../../../src/chat/presence/index.js';
import { RedisPresence } from '../../../src/chat/presence/redis-presence.js';
import { Roster } from '../../../src/chat/presence/roster.js';
import { Delivery, type Clock } from '../../../src/delivery/index.js';
import { RedisConnection } from '../../../src/stores/index.js';
import { FakeConnection, generousLimits, lineEncoder } from '../../support/builders/index.js';
import { waitFor } from '../../support/index.js';

/** Milliseconds; short, and still long beside what a busy machine loses in a turn. */
export const TIMES = { grace: 200, tick: 50, renewal: 300, lease: 2_500 };

/** What the nodes of one test share: a place in Redis, and a bus that writes down what goes over it. */
export class PresenceCluster {
  readonly signals: ChatSignal[] = [];
  readonly #nodes: PresenceNode[] = [];

  constructor(
    readonly url: string,
    readonly prefix: string,
  ) {}

  /** A node that has its lease. */
  async node(clock: Clock = performance): Promise<PresenceNode> {
    const node = new PresenceNode(this, clock);
    this.#nodes.push(node);
    await waitFor('the node to have a lease', () => node.store.works);
    return node;
  }

  /** What was told of a user, in order. */
  toldOf(userId: string): string[] {
    return this.signals
      .filter((signal) => signal.kind === 'presence')
      .filter((signal) => signal.userId === userId)
      .map(({ online }) => (online ? 'came' : 'went'));
  }

  /** Resolves when every node that lives has renewed its lease so often that whatever might still be told has been. */
  async settled(): Promise<void> {
    const enough = Math.ceil((TIMES.lease + TIMES.grace) / TIMES.renewal) + 3;
    const living = this.#nodes.filter((node) => node.lives).map((node) => ({ node, from: node.renewals }));
    await waitFor('every node to renew its lease for a while', () =>
      living.every(({ node, from }) => node.renewals >= from + enough),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.splice(0).map((node) => node.end()));
  }
}

/** One node, as far as presence goes: everything real but its sessions, its bus and the channels of its users. */
export class PresenceNode {
  readonly connection: RedisConnection;
  readonly store: RedisPresence;
  readonly service: PresenceService;
  /** How often it has said that it is alive. */
  renewals = 0;
  lives = true;
  readonly #delivery: Delivery;

  constructor(cluster: PresenceCluster, clock: Clock) {
    this.connection = new RedisConnection({ url: cluster.url });
    this.store = new RedisPresence(this.connection, TIMES, cluster.prefix);
    const tend = this.store.tend.bind(this.store);
    jest.spyOn(this.store, 'tend').mockImplementation(async () => {
      const outcome = await tend();
      this.renewals++;
      return outcome;
    });
    this.#delivery = new Delivery(generousLimits, clock, setImmediate);
    const bus = {
      publish: (signals: readonly ChatSignal[]) => Promise.resolve(cluster.signals.push(...signals) >= 0),
    } as unknown as ChatBus;
    const audience = {
      channelsOf: (userIds: readonly string[]) => Promise.resolve(new Map(userIds.map((id) => [id, [`c-${id}`]]))),
    } as unknown as PresenceAudience;
    const roster = new Roster(clock, Date, TIMES.grace);
    this.service = new PresenceService(this.#delivery, roster, this.store, TIMES, audience, bus);
    this.service.onModuleInit();
    this.connection.open();
    this.service.onApplicationBootstrap();
  }

  /** @returns what ends the session again */
  connect(userId: string): () => void {
    const subscriber = this.#delivery.connect(lineEncoder, new FakeConnection(), { tooSlow: () => undefined });
    this.#delivery.identify(subscriber, { userId, role: undefined });
    return () => this.#delivery.disconnect(subscriber);
  }

  async isOnline(userId: string): Promise<boolean> {
    return (await this.service.of([userId]))[0]?.online === true;
  }

  /** Ends as a process does that is killed: without a word. */
  async die(): Promise<void> {
    this.lives = false;
    jest.spyOn(this.store, 'leave').mockResolvedValue();
    await this.service.beforeApplicationShutdown();
    await this.connection.close();
  }

  /** Ends as a process does that is told to. */
  async end(): Promise<void> {
    if (!this.lives) return;
    this.lives = false;
    await this.service.beforeApplicationShutdown();
    await this.connection.close();
  }
}
