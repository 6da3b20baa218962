/**
 * How many messages are asked for at once, so that they are few bytes: a server that has more on its way to a client than
 * it may hold (64 MiB at first) takes it for too slow and ends the connection.
 *
 * Nobody says how large the next messages are. So it begins with as many as are few bytes whatever they are, and asks for
 * more only while all that was asked for came and was small.
 */
export class FetchSize {
  #count: number;

  /** @param largest bytes of the largest message that the server takes */
  constructor(
    private readonly most: number,
    private readonly bytes: number,
    largest: number,
  ) {
    this.#count = this.#fitting(largest, most);
  }

  get count(): number {
    return this.#count;
  }

  /** @param largest bytes of the largest message that came */
  came(messages: number, largest: number): void {
    this.#count = this.#fitting(largest, messages < this.#count ? this.#count : this.#count * 2);
  }

  #fitting(largest: number, wanted: number): number {
    return Math.max(1, Math.min(wanted, this.most, Math.floor(this.bytes / Math.max(1, largest))));
  }
}
