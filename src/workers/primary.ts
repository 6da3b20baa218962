import cluster, { type Worker } from 'node:cluster';
import type { AddressInfo } from 'node:net';
import type { LoggerService } from '@nestjs/common';
import { isOurs, type PrimaryMessage, type WorkerRequest } from './worker-channel.js';
import { WorkerReports } from './worker-reports.js';

/** A worker that ends by itself is replaced after this time, so that one that cannot start does not spin. */
const REPLACE_AFTER = 1_000;

export interface PrimaryOptions {
  readonly workers: number;
  /** Added to the environment of each worker. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logger: LoggerService;
  /** Milliseconds that workers have to stop in; those that are left are ended. */
  readonly patience: number;
}

/** A worker could not start; why, it has said itself. */
export class WorkerFailed extends Error {}

/**
 * The process that owns the port and its workers: hands connections to them in turn, their events to all of them,
 * replaces those that crash, and stops them together.
 */
export class Primary {
  readonly #reports = new WorkerReports();
  /** Those that have started. */
  readonly #serving = new Set<Worker>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #stopping = false;

  constructor(private readonly options: PrimaryOptions) {
    // `advanced` carries payload buffers as they are.
    cluster.setupPrimary({ serialization: 'advanced' });
    cluster.on('message', (worker, message: unknown) => this.#answer(worker, message));
    cluster.on('exit', (worker, code, signal) => this.#exited(worker, code, signal));
  }

  /**
   * Resolves with the address of HTTP when every worker has started, with undefined when told to stop before that.
   *
   * @throws {WorkerFailed} when a worker ends by itself before that; the others are ended then
   */
  async start(): Promise<AddressInfo | undefined> {
    const workers = Array.from({ length: this.options.workers }, () => this.#fork());
    try {
      const [address] = await Promise.all(workers.map(started));
      return this.#stopping ? undefined : address;
    } catch (error) {
      if (this.#stopping) return undefined;
      this.kill();
      throw error;
    }
  }

  /** Asks every worker to stop in good order; resolves when all have ended, those by force that do not in time. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
    const overdue = setTimeout(() => this.#giveUp(), this.options.patience);
    await Promise.all(this.#workers().map(ended));
    clearTimeout(overdue);
  }

  /** Ends every worker at once. */
  kill(): void {
    this.#stopping = true;
    for (const worker of this.#workers()) worker.process.kill('SIGKILL');
  }

  #giveUp(): void {
    this.options.logger.error('worker.killed', { workers: this.#workers().map(({ id }) => id) }, 'Primary');
    this.kill();
  }

  #fork(): Worker {
    return cluster.fork(this.options.environment);
  }

  #workers(): Worker[] {
    return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  }

  #answer(worker: Worker, message: unknown): void {
    if (!isOurs<WorkerRequest>(message)) return;
    if (message.hermes === 'started') this.#serving.add(worker);
    if (message.hermes === 'publish') this.#broadcast({ hermes: 'events', events: message.events });
    if (message.hermes === 'metrics') void this.#sendMetrics(worker, message.id);
  }

  #broadcast(message: PrimaryMessage): void {
    for (const worker of this.#workers()) if (worker.isConnected()) worker.send(message);
  }

  /** Of those that serve: one that is on its way up has nothing to say yet, and would not answer. */
  async #sendMetrics(worker: Worker, id: number): Promise<void> {
    // Asked over HTTP, so it serves, and may not have come to say so.
    this.#serving.add(worker);
    const message = await this.#reports.collect([...this.#serving]).then(
      (text): PrimaryMessage => ({ hermes: 'metrics', id, text }),
      ({ message: trouble }: Error): PrimaryMessage => ({ hermes: 'metrics', id, trouble }),
    );
    if (worker.isConnected()) worker.send(message);
  }

  #exited(worker: Worker, code: number, signal: string): void {
    this.#serving.delete(worker);
    if (this.#stopping) return;
    this.options.logger.error('worker.exited', { worker: worker.id, code, signal }, 'Primary');
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#fork();
    }, REPLACE_AFTER);
    this.#timers.add(timer);
  }
}

function started(worker: Worker): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    worker.on('message', function hear(message: unknown) {
      if (!isOurs<WorkerRequest>(message) || message.hermes !== 'started') return;
      worker.off('message', hear);
      resolve(message.address);
    });
    worker.once('exit', (code) => reject(new WorkerFailed(`a worker ended with code ${code} before it had started`)));
  });
}

function ended(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    if (worker.isDead()) return resolve();
    worker.once('exit', () => resolve());
    worker.process.kill('SIGTERM');
  });
}
