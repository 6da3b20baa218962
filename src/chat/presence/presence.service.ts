import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import type { Presence } from '@hermes/protocol';
import { Delivery, type UserWatcher } from '../../delivery/index.js';
import { ChatBus } from '../live/index.js';
import { PresenceAudience } from './presence-audience.js';
import { PresenceStore, type PresenceChange } from './presence-store.js';
import { PresenceTeller } from './presence-teller.js';
import { PresenceTimes } from './presence-times.js';
import { Roster } from './roster.js';
import { WaitingUsers } from './waiting-users.js';

/** Changes in one go. */
const BATCH = 500;
const MOST_WAITING = 100_000;
/** Milliseconds that the end of the process may be held up. */
const FAREWELL = 1_000;

/** As the node knows it: when his last session ended is read off its clock. */
type Happening = { readonly userId: string } & (
  { readonly kind: 'came' } | { readonly kind: 'went'; readonly leftAt: number }
);

/**
 * Who is online, and when somebody was seen last. It follows who is on this node, keeps that where all nodes find it, and
 * tells comings and goings. While the store is away this node answers by what it knows itself, and tells afterwards.
 */
@Injectable()
export class PresenceService implements UserWatcher, OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  /** By fixed words used as metric labels. */
  readonly counts = { came: 0, went: 0, reaped: 0, anew: 0, failures: 0, answeredAlone: 0, overflows: 0 };
  readonly #logger = new Logger(PresenceService.name);
  readonly #waiting = new WaitingUsers<Happening>(MOST_WAITING);
  readonly #teller: PresenceTeller;
  /** Walks through everybody here whom the store has to be told of anew. */
  #anew: Iterator<string> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #tendAt = -Infinity;
  #tending = false;
  #applying: Promise<void> | undefined;
  #reaping = false;
  #failing = false;
  #ended = false;

  constructor(
    private readonly delivery: Delivery,
    private readonly roster: Roster,
    private readonly store: PresenceStore,
    private readonly times: PresenceTimes,
    audience: PresenceAudience,
    bus: ChatBus,
  ) {
    this.#teller = new PresenceTeller(audience, bus, (userIds) => this.#present(userIds));
  }

  get stats(): Readonly<Record<string, number>> {
    return { ...this.counts, ...this.#teller.stats };
  }

  onModuleInit(): void {
    this.delivery.users.watch(this);
    for (const userId of this.delivery.users.present) this.userArrived(userId);
    this.store.whenBack(() => {
      this.#tendAt = -Infinity;
      this.tick();
    });
  }

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => this.tick(), this.times.tick);
    this.tick();
  }

  /**
   * Sessions have been closed by now: the application's own step of this comes first, and connections end in the one
   * after it. Where the users are going, nobody knows yet.
   */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    this.#ended = true;
    let timer: NodeJS.Timeout | undefined;
    const expiry = new Promise<void>((resolve) => (timer = setTimeout(resolve, FAREWELL)));
    await Promise.race([expiry, this.#farewell()]);
    clearTimeout(timer);
  }

  userArrived(userId: string): void {
    if (!this.roster.arrived(userId)) return;
    this.counts.came++;
    this.#happened({ kind: 'came', userId });
  }

  userLeft(userId: string): void {
    this.roster.left(userId);
  }

  /** One answer for each user, in order; at most 1,000 are asked for at a time. Never throws. */
  async of(userIds: readonly string[]): Promise<readonly Presence[]> {
    if (!this.store.isAway) {
      try {
        return await this.#present(userIds);
      } catch (error) {
        this.#failed(error);
      }
    }
    this.counts.answeredAlone++;
    return userIds.map((userId) => this.roster.of(userId));
  }

  /** What is to be done by now is done. */
  tick(): void {
    if (this.#ended) return;
    const now = this.delivery.clock.now();
    for (const { userId, ago } of this.roster.departed()) {
      this.counts.went++;
      this.#happened({ kind: 'went', userId, leftAt: now - ago });
    }
    this.#apply();
    if (now < this.#tendAt) return;
    this.#tendAt = now + this.times.renewal;
    void this.#teller.work();
    if (!this.store.isAway) void this.#tend();
  }

  #happened(happening: Happening): void {
    if (!this.#waiting.add(happening)) this.#beginAnew();
    this.#apply();
  }

  /** Telling the store of everybody anew costs less than remembering all that it has missed. */
  #beginAnew(): void {
    this.counts.overflows++;
    this.#waiting.clear();
    this.store.forget();
  }

  /** Who is here is online, whatever the store has heard of it. */
  async #present(userIds: readonly string[]): Promise<readonly Presence[]> {
    const others = userIds.filter((userId) => !this.roster.has(userId));
    const answers = others.length === 0 ? [] : await this.store.of(others);
    const known = new Map(answers.map((presence) => [presence.userId, presence]));
    return userIds.map((userId) => (this.roster.has(userId) ? undefined : known.get(userId)) ?? this.roster.of(userId));
  }

  async #tend(): Promise<void> {
    if (this.#tending) return;
    this.#tending = true;
    try {
      const { anew } = await this.store.tend();
      this.#succeeded();
      if (anew) {
        this.counts.anew++;
        this.#anew = this.roster.users[Symbol.iterator]();
      }
      this.#apply();
      void this.#reap();
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#tending = false;
    }
  }

  async #reap(): Promise<void> {
    if (this.#reaping) return;
    this.#reaping = true;
    try {
      while (this.#teller.room >= BATCH && !this.#ended) {
        const gone = await this.store.reap();
        if (gone === undefined) return;
        this.counts.reaped += gone.length;
        this.#teller.tell(gone.map((userId) => ({ userId, online: false })));
        void this.#teller.work();
      }
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#reaping = false;
    }
  }

  /** At the end of this turn, so that all who come in it are one batch. */
  #apply(): void {
    if (!this.store.works || (this.#waiting.size === 0 && this.#anew === undefined)) return;
    this.#applying ??= new Promise<void>((resolve) => setImmediate(resolve))
      .then(() => this.#applyAll())
      .finally(() => (this.#applying = undefined));
  }

  async #applyAll(): Promise<void> {
    while (this.store.works) {
      const happenings = this.#waiting.take(BATCH);
      const changes = happenings.length > 0 ? this.#changesOf(happenings) : this.#nextAnew();
      if (changes.length === 0) return;
      try {
        this.#teller.tell(await this.store.apply(changes));
        void this.#teller.work();
      } catch (error) {
        if (this.#waiting.restore(happenings) > 0) this.#beginAnew();
        if (happenings.length === 0) this.#anew = this.roster.users[Symbol.iterator]();
        // Without a lease it would be waited for until the next renewal.
        if (!this.store.works) this.#tendAt = -Infinity;
        this.#failed(error);
        return;
      }
    }
  }

  #changesOf(happenings: readonly Happening[]): PresenceChange[] {
    const now = this.delivery.clock.now();
    return happenings.map((happening) =>
      happening.kind === 'came' ? happening : { ...happening, ago: Math.max(0, now - happening.leftAt) },
    );
  }

  #nextAnew(): PresenceChange[] {
    const changes: PresenceChange[] = [];
    while (this.#anew !== undefined && changes.length < BATCH) {
      const { done, value } = this.#anew.next();
      if (done === true) this.#anew = undefined;
      else if (!this.#waiting.has(value)) changes.push({ kind: 'stays', userId: value });
    }
    return changes;
  }

  async #farewell(): Promise<void> {
    try {
      await this.#applying;
      await this.store.leave(this.times.grace);
    } catch (error) {
      this.#failed(error);
    }
  }

  #succeeded(): void {
    if (this.#failing) this.#logger.log('presence.store.recovered');
    this.#failing = false;
  }

  #failed(error: unknown): void {
    this.counts.failures++;
    // That it is away has been said by whoever owns the connection.
    if (this.#failing || this.store.isAway) return;
    this.#failing = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.#logger.warn('presence.store.failed', { reason });
  }
}
