import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ChatConfig, ChatStore } from '../model/index.js';
import { ChatBus } from './chat-bus.js';
import { LocalChannels } from './local-channels.js';
import { PatientReader } from './patient-reader.js';

/** How often the bus is looked at, in milliseconds: one that works again has lost what was said meanwhile. */
const GLANCE = 250;
/** How often messages that have expired are taken away, in milliseconds. */
const CLEARANCE = 30_000;

/** Looks in the store for what the bus may have lost, and has the store take away what has expired. */
@Injectable()
export class Sweep implements OnApplicationBootstrap {
  readonly stats = { sweeps: 0, failed: 0, busLost: 0, busBack: 0, expired: 0 };
  readonly #logger = new Logger(Sweep.name);
  readonly #timers: NodeJS.Timeout[] = [];
  /** The sweep that is on its way. */
  #running: Promise<void> | undefined;
  #busWorked = true;
  #failing = false;
  #stopped = false;

  constructor(
    private readonly store: ChatStore,
    private readonly channels: LocalChannels,
    private readonly bus: ChatBus,
    private readonly reader: PatientReader,
    private readonly config: ChatConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.#timers.push(
      setInterval(() => void this.run(), this.config.sweep),
      setInterval(() => this.#glance(), GLANCE),
      setInterval(() => void this.#clear(), CLEARANCE),
    );
  }

  /** Resolves when nothing of it is on its way any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    this.reader.stop();
    await this.#running;
  }

  /** One sweep at a time: who asks during one gets that one. Never rejects. */
  run(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return (this.#running ??= this.#look().finally(() => (this.#running = undefined)));
  }

  async #look(): Promise<void> {
    const { window } = this.channels;
    // Nobody has been here so far: there is nothing that could be lacking.
    if (!window.begun) return;
    const since = window.take();
    try {
      const users = this.channels.knownUsers();
      const { heads, now } = await this.store.grownSince(since);
      // A new membership is an entry: who has got one has it in a channel that has grown.
      const joined = heads.size > 0 && users.size > 0 ? await this.store.joinedSince([...users.keys()], since) : [];
      this.channels.joined(joined, users);
      this.channels.grown(heads);
      window.advance(now);
      this.stats.sweeps++;
      this.#failing = false;
    } catch (error) {
      window.include(since);
      this.#failed(error);
    }
  }

  #glance(): void {
    const works = this.bus.works;
    if (works && !this.#busWorked) {
      this.stats.busBack++;
      void this.run();
    }
    if (!works && this.#busWorked) this.stats.busLost++;
    this.#busWorked = works;
  }

  async #clear(): Promise<void> {
    try {
      this.stats.expired += await this.store.sweep();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.stats.failed++;
    if (this.#failing) return;
    this.#failing = true;
    this.#logger.warn('chat.sweep.failed', { reason: error instanceof Error ? error.message : String(error) });
  }
}
