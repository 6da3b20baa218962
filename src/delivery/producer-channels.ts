/** Channels that are remembered; the ones that were heard of first go first. */
const MOST = 10_000;

/** The channels on which producers speak, so that no client is taken for one of them. */
export class ProducerChannels {
  readonly #heard = new Set<string>();
  readonly #claims: ((channel: string) => boolean)[] = [];

  /** @param isTheirs whether a source is configured to bring events of a channel */
  claim(isTheirs: (channel: string) => boolean): void {
    this.#claims.push(isTheirs);
  }

  /** A producer has spoken there. */
  hear(channel: string): void {
    if (this.#heard.has(channel)) return;
    this.#heard.add(channel);
    if (this.#heard.size > MOST) for (const oldest of this.#heard) return void this.#heard.delete(oldest);
  }

  has(channel: string): boolean {
    return this.#heard.has(channel) || this.#claims.some((isTheirs) => isTheirs(channel));
  }
}
