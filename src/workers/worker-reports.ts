import type { Worker } from 'node:cluster';
import { AggregatorRegistry } from 'prom-client';
import { isOurs, type PrimaryMessage, type Report, type WorkerRequest } from './worker-channel.js';

/** Milliseconds that a worker has for its part; whoever collects metrics waits for 10 s as a rule. */
const PATIENCE = 5_000;

/** Asks workers what they count, and adds it up. */
export class WorkerReports {
  #asked = 0;

  /** In the text format of Prometheus. @throws when one of them does not answer: what the others count would look like all */
  async collect(workers: readonly Worker[]): Promise<string> {
    const id = this.#asked++;
    const reports = await Promise.all(workers.map((worker) => reportOf(worker, id)));
    return AggregatorRegistry.aggregate(reports.map((report) => [...report])).metrics();
  }
}

/** What this worker counts; nothing of one that ends before it has said so. */
function reportOf(worker: Worker, id: number): Promise<Report> {
  return new Promise((resolve, reject) => {
    const done = (report: Report): void => {
      clearTimeout(timer);
      worker.off('message', hear).off('exit', gone);
      resolve(report);
    };
    const hear = (message: unknown): void => {
      if (isOurs<WorkerRequest>(message) && message.hermes === 'report' && message.id === id) done(message.report);
    };
    const gone = (): void => done([]);
    const timer = setTimeout(() => {
      worker.off('message', hear).off('exit', gone);
      reject(new Error(`worker ${worker.id} does not answer`));
    }, PATIENCE);
    worker.on('message', hear).once('exit', gone);
    worker.send({ hermes: 'report', id } satisfies PrimaryMessage, (error: Error | null) => error && gone());
  });
}
