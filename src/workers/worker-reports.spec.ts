import type { Worker } from 'node:cluster';
import { EventEmitter } from 'node:events';
import { Gauge, Registry } from 'prom-client';
import type { PrimaryMessage, Report } from './worker-channel.js';
import { WorkerReports } from './worker-reports.js';

type Send = (id: number, worker: FakeWorker) => void;

/** A worker without a process. */
class FakeWorker extends EventEmitter {
  readonly id = 7;

  constructor(private readonly asked: Send) {
    super();
  }

  send(message: PrimaryMessage, sent: (error: Error | null) => void): void {
    sent(null);
    if (message.hermes === 'report') this.asked(message.id, this);
  }

  report(id: number, report: Report): void {
    this.emit('message', { hermes: 'report', id, report });
  }
}

async function reportOf(clients: number, connected: number): Promise<Report> {
  const registry = new Registry();
  new Gauge({ name: 'clients', help: 'clients', registers: [registry] }).set(clients);
  new Gauge({ name: 'connected', help: 'whether', registers: [registry], aggregator: 'min' }).set(connected);
  return registry.getMetricsAsJSON();
}

function collect(...workers: readonly FakeWorker[]): Promise<string> {
  return new WorkerReports().collect(workers as unknown as Worker[]);
}

describe('WorkerReports', () => {
  const one = new FakeWorker((id, worker) => void reportOf(3, 1).then((report) => worker.report(id, report)));

  it('are added up, or taken together as the metric says', async () => {
    const other = new FakeWorker((id, worker) => void reportOf(4, 0).then((report) => worker.report(id, report)));
    expect(await collect(one, other)).toMatch(/^clients 7$[^]*^connected 0$/m);
    expect(await collect(one, one)).toMatch(/^clients 6$[^]*^connected 1$/m);
  });

  it('are those of the others when a worker ends meanwhile', async () => {
    const dying = new FakeWorker((_, worker) => void worker.emit('exit'));
    expect(await collect(one, dying)).toContain('clients 3\n');
  });

  it('are none when a worker does not answer, and nothing is left waiting', async () => {
    jest.useFakeTimers();
    const hung = new FakeWorker(() => undefined);
    const collected = collect(one, hung).catch((error: Error) => error.message);
    await jest.advanceTimersByTimeAsync(5_000);
    jest.useRealTimers();

    expect(await collected).toBe('worker 7 does not answer');
    expect([one, hung].map((worker) => worker.listenerCount('message'))).toEqual([0, 0]);
  });

  it('of another time are not mixed up with these', async () => {
    const late = new FakeWorker((id, worker) => {
      worker.report(id - 1, []);
      void reportOf(5, 1).then((report) => worker.report(id, report));
    });
    expect(await collect(late)).toContain('clients 5\n');
  });
});
