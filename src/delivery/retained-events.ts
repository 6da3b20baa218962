import type { Audience } from './audience.js';
import type { Clock } from './clock.js';
import type { HermesEvent } from './event.js';
import { WILDCARD } from './subscription-index.js';

/** What one entry takes beside its payload, as measured: names, indices, the buffer's own object. */
const ENTRY_OVERHEAD = 700;

export interface RetainedLimits {
  /** Entries for one (channel, event, user); broadcasts count as one user. */
  readonly perTopic: number;
  /** Bytes of all entries together. */
  readonly bytes: number;
}

export interface RetainedEvent {
  /** Position in the order of arrival, never used twice. */
  readonly sequence: number;
  readonly event: HermesEvent;
  /** On the clock of the store; Infinity for an event kept without expiry. */
  readonly expiresAt: number;
  readonly bytes: number;
}

/** The owner of an event's copies: a user for direct ones, undefined for broadcasts. */
type Owner = string | undefined;
type Entries = Set<RetainedEvent>;

/** Events kept for sessions that come later, with their whole audience. Oldest go first when a bound is reached. */
export class RetainedEvents {
  readonly stats = { evicted: 0, expired: 0 };
  readonly #byTopic = new Map<string, Map<string, Map<Owner, Entries>>>();
  /** Those that not everybody may see. */
  readonly #narrowed = new Map<Owner, Entries>();
  readonly #byKey = new Map<string, RetainedEvent>();
  /** In order of arrival: the first is the oldest. */
  readonly #bySequence = new Map<number, RetainedEvent>();
  #bytes = 0;
  #sequence = 0;

  constructor(
    private readonly clock: Clock,
    private readonly limits: RetainedLimits,
  ) {}

  get size(): number {
    return this.#bySequence.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(sequence: number): boolean {
    return this.#bySequence.has(sequence);
  }

  /** Keeps the event if it asks for it; an earlier one with the same cache key makes way. */
  keep(event: HermesEvent): void {
    if (event.retention === undefined || !isKept(event.audience)) return;
    const entry = this.#entryOf(event);
    const key = keyOf(event);
    const earlier = key === undefined ? undefined : this.#byKey.get(key);
    if (earlier) this.#remove(earlier);
    if (key !== undefined) this.#byKey.set(key, entry);
    this.#insert(entry);
    this.#enforce(entry);
  }

  /** Live entries that fall under a subscription, for one owner's eyes and in no particular order. */
  *under(channel: string, event: string, owner: Owner): Iterable<RetainedEvent> {
    const channels = channel === WILDCARD ? this.#byTopic.values() : [this.#byTopic.get(channel)];
    for (const names of channels) {
      if (names === undefined) continue;
      const owners = event === WILDCARD ? names.values() : [names.get(event)];
      for (const entries of owners) yield* this.#live(entries?.get(owner));
    }
  }

  /** Live entries that an identity opens: the direct events of a user, or (undefined) the broadcasts for a role. */
  narrowed(owner: Owner): Iterable<RetainedEvent> {
    return this.#live(this.#narrowed.get(owner));
  }

  /** Forgets what has expired. */
  sweep(): void {
    const now = this.clock.now();
    for (const entry of this.#bySequence.values()) {
      if (entry.expiresAt > now) continue;
      this.#remove(entry);
      this.stats.expired++;
    }
  }

  *#live(entries: Entries | undefined): Iterable<RetainedEvent> {
    if (entries === undefined) return;
    const now = this.clock.now();
    for (const entry of entries) if (entry.expiresAt > now) yield entry;
  }

  #entryOf(event: HermesEvent): RetainedEvent {
    // The payload is a view into the source's read buffer, which is many times as large: a copy lets that one go.
    const payload = Buffer.allocUnsafeSlow(event.payload.length);
    payload.set(event.payload);
    const seconds = event.retention;
    return {
      sequence: ++this.#sequence,
      event: { ...event, payload },
      expiresAt: typeof seconds === 'number' ? this.clock.now() + seconds * 1_000 : Infinity,
      bytes: payload.length + ENTRY_OVERHEAD,
    };
  }

  #insert(entry: RetainedEvent): void {
    const { channel, name } = entry.event;
    const owner = ownerOf(entry.event);
    const names = getOrCreate(this.#byTopic, channel, () => new Map<string, Map<Owner, Entries>>());
    const owners = getOrCreate(names, name, () => new Map<Owner, Entries>());
    getOrCreate(owners, owner, () => new Set<RetainedEvent>()).add(entry);
    if (isNarrowed(entry.event)) getOrCreate(this.#narrowed, owner, () => new Set<RetainedEvent>()).add(entry);
    this.#bySequence.set(entry.sequence, entry);
    this.#bytes += entry.bytes;
  }

  #enforce({ event }: RetainedEvent): void {
    const siblings = this.#byTopic.get(event.channel)?.get(event.name)?.get(ownerOf(event));
    if (siblings && siblings.size > this.limits.perTopic) this.#evict(siblings.values().next().value);
    while (this.#bytes > this.limits.bytes) this.#evict(this.#bySequence.values().next().value);
  }

  #evict(oldest: RetainedEvent | undefined): void {
    if (oldest === undefined) return;
    this.#remove(oldest);
    this.stats.evicted++;
  }

  #remove(entry: RetainedEvent): void {
    const { event } = entry;
    const names = this.#byTopic.get(event.channel);
    const owners = names?.get(event.name);
    if (owners) removeFrom(owners, ownerOf(event), entry);
    if (owners?.size === 0) names?.delete(event.name);
    if (names?.size === 0) this.#byTopic.delete(event.channel);
    if (isNarrowed(event)) removeFrom(this.#narrowed, ownerOf(event), entry);
    const key = keyOf(event);
    if (key !== undefined && this.#byKey.get(key) === entry) this.#byKey.delete(key);
    this.#bySequence.delete(entry.sequence);
    this.#bytes -= entry.bytes;
  }
}

/** What is for nobody is of no use later, and a room hears only what comes while one is in it. */
function isKept({ kind }: Audience): boolean {
  return kind === 'broadcast' || kind === 'direct';
}

function ownerOf({ audience }: HermesEvent): Owner {
  return audience.kind === 'direct' ? audience.userId : undefined;
}

function isNarrowed({ audience }: HermesEvent): boolean {
  return audience.kind === 'direct' || (audience.kind === 'broadcast' && audience.role !== undefined);
}

/** A JSON array, because names joined by any separator could be made to collide. */
function keyOf({ cacheKey, channel, name, audience }: HermesEvent): string | undefined {
  if (cacheKey === undefined || audience.kind === 'internal' || audience.kind === 'rooms') return undefined;
  const userId = audience.kind === 'direct' ? audience.userId : undefined;
  return JSON.stringify([channel, name, audience.kind, userId, audience.role, cacheKey]);
}

function getOrCreate<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = create()));
  return value;
}

function removeFrom<K>(map: Map<K, Entries>, key: K, entry: RetainedEvent): void {
  const entries = map.get(key);
  entries?.delete(entry);
  if (entries?.size === 0) map.delete(key);
}
