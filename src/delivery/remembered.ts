/** What a name takes beside its characters, and a session's interest in it: as measured, with something to spare. */
const NAME = 600;
const INTEREST = 64;

/** Bytes that sessions make this node remember, over all of them: subscriptions, mutes, rooms and what features add. */
export class Remembered {
  #bytes = 0;

  /** @param bound Infinity for none */
  constructor(private readonly bound: number) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether one more thing may be remembered. Anonymous sessions may fill half of the room, and leave the rest to users. */
  hasRoom(anonymous: boolean): boolean {
    return this.#bytes < (anonymous ? this.bound / 2 : this.bound);
  }

  /** A name that nobody had said before: of a channel and an event, or of a room. */
  addName(characters: number, times: 1 | -1 = 1): void {
    this.#bytes += times * (NAME + 2 * characters);
  }

  /** A session's interest in something. @param characters of what it alone calls it */
  addInterest(characters: number, times: 1 | -1 = 1): void {
    this.#bytes += times * (INTEREST + 2 * characters);
  }
}
