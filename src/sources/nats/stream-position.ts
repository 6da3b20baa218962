/** What a stream says of itself. */
export interface StreamFacts {
  /** When it was made, by the clock of the server: another time is another stream. */
  readonly created: string;
  readonly lastSequence: number;
}

/** Where a consumer begins to read. */
export type StreamStart =
  { readonly kind: 'sequence'; readonly sequence: number } | { readonly kind: 'time'; readonly time: Date };

/**
 * How far this node has read a stream, over the lives of consumers, connections and of the stream itself.
 *
 * The first look at a stream is "now". From then on reading goes on behind the last message that was passed on, whatever
 * happened in between. A stream that was not there, or is another than before, is read from its beginning.
 */
export class StreamPosition {
  #passed: { readonly created: string; sequence: number } | undefined;
  #lookedAt: Date | undefined;

  /** The stream is not there: all that will be in it comes after now. */
  missing(now: Date): void {
    this.#lookedAt = now;
  }

  /** The stream is as this node knows it. */
  seen(now: Date): void {
    this.#lookedAt = now;
  }

  /** Where to go on in the stream as it is; and from where on {@link passed} counts. */
  startIn({ created, lastSequence }: StreamFacts): StreamStart {
    const lookedAt = this.#lookedAt;
    if (lookedAt === undefined) return { kind: 'sequence', sequence: lastSequence + 1 };
    const passed = this.#passed;
    if (passed?.created === created && passed.sequence <= lastSequence) {
      return { kind: 'sequence', sequence: passed.sequence + 1 };
    }
    // One that was restored from a copy is older than the last look, and what was seen of it is not to come again.
    return { kind: 'time', time: new Date(Math.max(Date.parse(created), lookedAt.getTime())) };
  }

  /** All up to this sequence, of the stream made then, is done with. */
  passed(created: string, sequence: number): void {
    if (this.#passed?.created === created) this.#passed.sequence = sequence;
    else this.#passed = { created, sequence };
  }
}
