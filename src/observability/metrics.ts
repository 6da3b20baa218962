import { Counter, Gauge, Histogram, Registry, type Aggregator } from 'prom-client';

export type Labels = Readonly<Record<string, string>>;
/** Values read from plain fields when somebody asks: the parts that do the work know nothing of metrics. */
export type Reading = Iterable<readonly [Labels, number]>;

/** The metrics of this node, all named `hermes_…`. */
export class Metrics {
  readonly registry = new Registry();

  /** @param aggregator what the values of several workers are together */
  gauge(
    name: string,
    help: string,
    labelNames: readonly string[],
    read: () => Reading,
    aggregator: Aggregator = 'sum',
  ): void {
    new Gauge({
      name: `hermes_${name}`,
      help,
      aggregator,
      labelNames: [...labelNames],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [labels, value] of read()) this.set(labels, value);
      },
    });
  }

  counter(name: string, help: string, labelNames: readonly string[], read: () => Reading): void {
    new Counter({
      name: `hermes_${name}_total`,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [labels, value] of read()) this.inc(labels, value);
      },
    });
  }

  /** @param buckets upper bounds in seconds */
  histogram(name: string, help: string, labelNames: readonly string[], buckets: readonly number[]): Histogram {
    return new Histogram({
      name: `hermes_${name}_seconds`,
      help,
      labelNames: [...labelNames],
      buckets: [...buckets],
      registers: [this.registry],
    });
  }
}
