/** Lines of one kind a second: enough to see what happens, too few to fill a disk. */
const LINES = 5;
const SECOND = 1_000;
/** Characters of what strangers sent that a line repeats. */
const EXCERPT = 200;

/** Log lines of one kind that strangers can cause: at most a few a second; the next one says how many were left out. */
export class StrangerLog {
  #since = -Infinity;
  #lines = 0;
  #unsaid = 0;

  constructor(private readonly write: (entry: object) => void) {}

  /** @param now milliseconds, monotonic */
  add(entry: object, now = performance.now()): void {
    if (now - this.#since >= SECOND) {
      this.#since = now;
      this.#lines = 0;
    }
    if (++this.#lines > LINES) {
      this.#unsaid++;
      return;
    }
    this.write(this.#unsaid === 0 ? entry : { ...entry, unsaid: this.#unsaid });
    this.#unsaid = 0;
  }
}

/** What a stranger sent, short enough to be repeated. */
export function excerpt(text: string | undefined): string | undefined {
  return text === undefined || text.length <= EXCERPT ? text : `${text.slice(0, EXCERPT)}…`;
}
