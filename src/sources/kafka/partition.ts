import type { TopicMapping } from './topic-mapping.js';

/** A partition, and how far this node has read it. */
export class Partition {
  readonly name: string;
  /** The first offset that has not been handed over; undefined until the broker was asked where to begin. */
  next: bigint | undefined;
  /** Why it cannot be read at present. */
  trouble: string | undefined;
  /** Was gone since it was last read: what bears its name now may be another log. */
  mayBeAnother = false;

  constructor(
    readonly mapping: TopicMapping,
    readonly id: number,
    public leader: number,
  ) {
    this.name = `${mapping.topic}/${id}`;
  }

  get topic(): string {
    return this.mapping.topic;
  }

  /** @returns whether the message with this offset is still to be handed over, and never says so twice */
  claim(offset: bigint): boolean {
    if (this.next !== undefined && offset < this.next) return false;
    this.advance(offset + 1n);
    return true;
  }

  /** Goes forward only: a fetch that comes late must not bring back what another has brought. */
  advance(next: bigint): void {
    if (this.next === undefined || next > this.next) this.next = next;
    this.mayBeAnother = false;
  }

  vanished(reason: string): void {
    this.trouble = reason;
    this.mayBeAnother = true;
  }
}
