import { Logger } from '@nestjs/common';

/** Milliseconds between two lines about the same partition: a producer can send what cannot be read without end. */
const PAUSE = 1_000;

interface Silence {
  readonly since: number;
  unlogged: number;
}

/** Logs messages that were skipped: the first of a partition at once, then one line a second with how many came meanwhile. */
export class SkipLog {
  readonly #silences = new Map<string, Silence>();

  constructor(
    private readonly logger: Logger,
    private readonly now: () => number,
  ) {}

  /** @param partition its name, of which there are as many as the configured topics have */
  skipped(partition: string, entry: Readonly<Record<string, unknown>>, count: number): void {
    const silence = this.#silences.get(partition);
    const now = this.now();
    if (silence !== undefined && now - silence.since < PAUSE) {
      silence.unlogged += count;
      return;
    }
    this.logger.error('source.messages.skipped', { ...entry, count, unlogged: silence?.unlogged ?? 0 });
    this.#silences.set(partition, { since: now, unlogged: 0 });
  }
}
