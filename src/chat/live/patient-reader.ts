import { Injectable, Logger } from '@nestjs/common';

const FIRST_WAIT = 100;
const LONGEST_WAIT = 5_000;

/**
 * Reads from the store until it answers: what a node shows its sessions may come late, but must not be given up. An
 * outage is told once when it begins and once when it is over.
 */
@Injectable()
export class PatientReader {
  readonly stats = { failures: 0, outages: 0 };
  readonly #logger = new Logger(PatientReader.name);
  /** Those who wait before they try again. */
  readonly #pauses = new Map<NodeJS.Timeout, () => void>();
  #away = false;
  #stopped = false;

  get stopped(): boolean {
    return this.#stopped;
  }

  /** @returns undefined when it is not wanted any more, or reading has been stopped, before the store has answered */
  async read<T>(read: () => Promise<T>, wanted: () => boolean): Promise<T | undefined> {
    for (let wait = FIRST_WAIT; wanted() && !this.#stopped; wait = Math.min(2 * wait, LONGEST_WAIT)) {
      try {
        const answer = await read();
        this.#worked();
        return answer;
      } catch (error) {
        this.#failed(error);
        await this.#pause(wait / 2 + (wait / 2) * Math.random());
      }
    }
    return undefined;
  }

  /** Nothing is tried again from here on. */
  stop(): void {
    this.#stopped = true;
    for (const [timer, wake] of this.#pauses) {
      clearTimeout(timer);
      wake();
    }
    this.#pauses.clear();
  }

  #pause(milliseconds: number): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#pauses.delete(timer);
        resolve();
      }, milliseconds);
      this.#pauses.set(timer, resolve);
    });
  }

  #worked(): void {
    if (!this.#away) return;
    this.#away = false;
    this.#logger.log('chat.reads.restored');
  }

  #failed(error: unknown): void {
    this.stats.failures++;
    if (this.#away) return;
    this.#away = true;
    this.stats.outages++;
    this.#logger.warn('chat.reads.failed', { reason: error instanceof Error ? error.message : String(error) });
  }
}
