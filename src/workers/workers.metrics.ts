import { AggregatorRegistry, type Registry } from 'prom-client';
import { tellPrimary, onPrimary } from './worker-channel.js';

/** Lets any worker answer for all of them: the primary process collects the metrics of each and adds them up. */
export class WorkersMetrics {
  readonly #waiting = new Map<number, (text: string) => void>();
  #asked = 0;

  /** @param registry this worker's own metrics */
  constructor(registry: Registry) {
    AggregatorRegistry.setRegistries(registry);
    new AggregatorRegistry();
    onPrimary((message) => {
      if (message.hermes !== 'metrics') return;
      this.#waiting.get(message.id)?.(message.text);
      this.#waiting.delete(message.id);
    });
  }

  async expose(): Promise<string> {
    const id = this.#asked++;
    const text = new Promise<string>((resolve) => this.#waiting.set(id, resolve));
    await tellPrimary({ hermes: 'metrics', id });
    return text;
  }
}
