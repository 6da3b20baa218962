/** Milliseconds for the last delivery to come after the last event was published. */
const PATIENCE = 60_000;

/**
 * What a server used while `work` went on, and what the clients saw of it. Work ends with the last delivery.
 *
 * Processor time is that of the server alone, its children included; the broker, the publisher and the clients are
 * others. The rate counts from the first event published to the last delivery. `loader` is the share of a core that the clients used between the first and the last delivery.
 */
export async function observe(rival, loader, work) {
  loader.measure();
  const { began, wall, cpu, waited, grown, rss } = await rival.watch(work);
  const report = await loader.report();
  return {
    deliveries: report.deliveries,
    closed: report.closed,
    cpu,
    cpuPerDelivery: cpu / 1_000 / report.deliveries,
    cores: cpu / wall,
    waited: waited / wall,
    rate: (report.deliveries / (report.last - began)) * 1e9,
    p50: report.p50 / 1_000,
    p99: report.p99 / 1_000,
    p999: report.p999 / 1_000,
    rss: rss / 1024 ** 2,
    grown: grown / 1024 ** 2,
    loader: report.busyCpu / (report.last - report.first),
  };
}

/** Publishes, waits until all `expected` deliveries have come or the time is over, and counts what did not. */
export async function observeDeliveries(rival, loader, expected, publish) {
  const seen = await observe(rival, loader, async () => {
    await publish();
    await loader.deliveries(expected, PATIENCE);
  });
  return { ...seen, lost: expected - seen.deliveries };
}
