import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Delivery, EventBus, LocalBus } from '../../delivery/index.js';
import { DeliveryConfig, SessionService } from '../../sessions/index.js';
import { CENSUS_CHANNEL, censusEvent, censusMessage, type CensusMessage, type NodeReport } from './census-message.js';
import { countSubscribers } from './subscriber-counts.js';

/** Milliseconds the other nodes have to answer. */
const PATIENCE = 500;
/** Censuses that this node takes at a time. */
const AT_ONCE = 16;
/** Channels that a node reports. */
const REPORTED = 1_000;
/** What an entry of a report takes beside the name of its channel, and a report beside its entries. */
const ENTRY_BYTES = 16;
const REPORT_BYTES = 256;

export interface Census {
  /** Whether the other nodes on the bus were asked. */
  readonly scope: 'node' | 'cluster';
  readonly reports: readonly NodeReport[];
}

/** Counts the subscribers of every topic, on this node and on all that share its bus. */
@Injectable()
export class TopicCensus implements OnModuleInit {
  readonly #node = randomUUID();
  /** The reports of other nodes by census, while it is taken. */
  readonly #open = new Map<string, Map<string, NodeReport>>();

  constructor(
    private readonly sessions: SessionService,
    private readonly delivery: Delivery,
    private readonly bus: EventBus,
    private readonly limits: DeliveryConfig,
  ) {}

  onModuleInit(): void {
    this.delivery.listen(CENSUS_CHANNEL, (event) => {
      const message = censusMessage(event);
      if (message !== undefined) this.#heard(message);
      return undefined;
    });
  }

  /** @returns undefined when too many censuses are being taken already */
  async take(prefix: string): Promise<Census | undefined> {
    if (this.bus instanceof LocalBus) return { scope: 'node', reports: [await this.#report(prefix)] };
    if (this.#open.size >= AT_ONCE) return undefined;
    const census = randomUUID();
    const others = new Map<string, NodeReport>();
    this.#open.set(census, others);
    try {
      const asked = await this.bus.publish([censusEvent({ kind: 'asked', census, node: this.#node, prefix })]);
      const patience = asked.kind === 'published' ? setTimeout(PATIENCE) : undefined;
      const own = await this.#report(prefix);
      await patience;
      return { scope: asked.kind === 'published' ? 'cluster' : 'node', reports: [own, ...others.values()] };
    } finally {
      this.#open.delete(census);
    }
  }

  #heard(message: CensusMessage): void {
    if (message.kind === 'answered') this.#open.get(message.census)?.set(message.report.node, message.report);
    else if (message.node !== this.#node) void this.#answer(message.census, message.prefix);
  }

  async #answer(census: string, prefix: string): Promise<void> {
    const report = await this.#report(prefix);
    await this.bus.publish([censusEvent({ kind: 'answered', census, report })]);
  }

  async #report(prefix: string): Promise<NodeReport> {
    const { channels, everyChannel } = await countSubscribers(this.sessions.sessions, prefix);
    const most = [...channels].toSorted(([, a], [, b]) => b - a).slice(0, REPORTED);
    return { node: this.#node, total: channels.size, everyChannel, channels: this.#fitting(most) };
  }

  /** As many as one event may hold. */
  #fitting(channels: readonly [string, number][]): readonly [string, number][] {
    let room = this.limits.maxEvent - REPORT_BYTES;
    const end = channels.findIndex(([channel]) => {
      room -= Buffer.byteLength(JSON.stringify(channel)) + ENTRY_BYTES;
      return room < 0;
    });
    return end < 0 ? channels : channels.slice(0, end);
  }
}
