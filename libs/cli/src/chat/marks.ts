import type { ChannelPosition } from '@hermes/protocol';

/** Milliseconds between two rounds, and marks in each: a server takes 100 events a second from a client for long. */
const ROUND = 250;
const MARKS = 20;

/** Marks that are to be told to the server: the highest of each channel, and not for each message anew. */
export class Marks {
  readonly #due = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #finished = false;

  /** @param tell returns false while nobody can be told; the mark then waits */
  constructor(private readonly tell: (mark: ChannelPosition) => boolean) {}

  note({ channelId, position }: ChannelPosition): void {
    if (this.#finished || position === 0 || position <= (this.#due.get(channelId) ?? 0)) return;
    this.#due.set(channelId, position);
    this.#timer ??= setTimeout(() => this.#round(), ROUND);
  }

  forget(channelId: string): void {
    this.#due.delete(channelId);
  }

  /** Whether there is anything to be told. */
  get due(): boolean {
    return this.#due.size > 0;
  }

  /** Tells all there is, as far as anybody listens, and nothing after it. */
  finish(): void {
    this.#finished = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#tell(this.#due.size);
    this.#due.clear();
  }

  #round(): void {
    this.#timer = undefined;
    this.#tell(MARKS);
    if (this.#due.size > 0) this.#timer = setTimeout(() => this.#round(), ROUND);
  }

  #tell(most: number): void {
    for (const [channelId, position] of [...this.#due].slice(0, most)) {
      if (!this.tell({ channelId, position })) return;
      this.#due.delete(channelId);
    }
  }
}
