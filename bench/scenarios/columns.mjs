/** Columns that scenarios share: key of the figure, title, digits behind the point. */
export const CPU = { key: 'cpuPerDelivery', title: 'CPU us/delivery', digits: 2, ratio: true };
export const RATE = { key: 'rate', title: 'deliveries/s', digits: 0, ratio: true };
export const LATENCY = [
  { key: 'p50', title: 'p50 ms', digits: 2, ratio: true },
  { key: 'p99', title: 'p99 ms', digits: 2, ratio: true },
  { key: 'p999', title: 'p99.9 ms', digits: 2 },
];
export const CORES = { key: 'cores', title: 'server cores', digits: 2 };
export const RSS = { key: 'rss', title: 'RSS MiB', digits: 0 };
export const LOST = { key: 'lost', title: 'lost', digits: 0 };
