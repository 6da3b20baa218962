import type { Registry } from 'prom-client';
import { tellPrimary, onPrimary, type PrimaryMessage, type Report } from './worker-channel.js';

type Answer = Extract<PrimaryMessage, { hermes: 'metrics' }>;

/** Lets any worker answer for all of them: the primary process collects the metrics of each and adds them up. */
export class WorkersMetrics {
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #asked = 0;

  /** @param registry this worker's own metrics */
  constructor(private readonly registry: Registry) {
    onPrimary((message) => {
      if (message.hermes === 'report') void this.#report(message.id);
      if (message.hermes !== 'metrics') return;
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    });
  }

  /** @throws when one of the workers does not answer */
  async expose(): Promise<string> {
    const id = this.#asked++;
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    await tellPrimary({ hermes: 'metrics', id });
    const answered = await answer;
    if ('trouble' in answered) throw new Error(answered.trouble);
    return answered.text;
  }

  async #report(id: number): Promise<void> {
    const report = await this.registry.getMetricsAsJSON();
    // Without a primary process nobody waits for it.
    await tellPrimary({ hermes: 'report', id, report: report.map(inWorst) }).catch(() => undefined);
  }
}

/** One worker that lags is not to disappear in the average of those that do not. */
function inWorst(metric: Report[number]): Report[number] {
  return /^nodejs_eventloop_lag(_p\d+)?_seconds$/.test(metric.name) ? { ...metric, aggregator: 'max' } : metric;
}
