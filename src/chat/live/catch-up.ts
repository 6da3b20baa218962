import type { ChatStore, Entry } from '../model/index.js';
import type { LocalChannel } from './local-channel.js';
import type { PatientReader } from './patient-reader.js';

/** Entries read at a time, fewer when they are large. */
export const PAGE = 256;
/** Channels that are read at the same time. */
const AT_ONCE = 4;

/** Shows entries of a channel, those that were shown already left out; up to `end` there are no others. */
export type Show = (channel: LocalChannel, entries: readonly Entry[], end?: number) => void;

/** Reads what channels lack on this node: each by one reader at a time, few at the same time. */
export class CatchUp {
  readonly stats = { channels: 0, entries: 0 };
  /** In the order in which they came; a channel is in here once. */
  readonly #waiting = new Set<LocalChannel>();
  readonly #reading = new Set<LocalChannel>();

  constructor(
    private readonly store: ChatStore,
    private readonly reader: PatientReader,
    private readonly show: Show,
  ) {}

  /** How many channels wait or are being read. */
  get size(): number {
    return this.#waiting.size + this.#reading.size;
  }

  add(channel: LocalChannel): void {
    // One that is being read looks again by itself before it ends.
    if (this.#reading.has(channel)) return;
    this.#waiting.add(channel);
    this.#next();
  }

  #next(): void {
    if (this.#reading.size >= AT_ONCE) return;
    const [channel] = this.#waiting;
    if (channel === undefined) return;
    this.#waiting.delete(channel);
    this.#reading.add(channel);
    void this.#read(channel).then(() => {
      this.#reading.delete(channel);
      // It may have grown after the last look, unless the reader has given up.
      if (channel.behind && !this.reader.stopped) this.#waiting.add(channel);
      this.#next();
    });
  }

  async #read(channel: LocalChannel): Promise<void> {
    if (channel.behind) this.stats.channels++;
    // Up to where the store is known to go.
    let known = 0;
    while (channel.behind) {
      const stretch = await this.reader.read(
        () => this.store.entries(channel.id, channel.cursor, PAGE),
        () => channel.behind,
      );
      if (stretch === undefined) return;
      const { items, more } = stretch;
      this.stats.entries += items.length;
      // What is known was there before the reading: what is not in the last page was not kept.
      this.show(channel, items, more ? undefined : known);
      if (more || !channel.behind) continue;
      // What it was said to have may not have been kept, or has never been there.
      const { head } = channel;
      const stored = await this.reader.read(
        () => this.store.head(channel.id),
        () => channel.behind,
      );
      if (stored === undefined) return;
      known = stored;
      // Whoever tells of more meanwhile may know it from a later moment.
      if (channel.head === head) channel.disbelieve(known);
    }
  }
}
