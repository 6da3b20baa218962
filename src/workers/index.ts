export { tellPrimary } from './worker-channel.js';
export { Primary, WorkerFailed } from './primary.js';
export { WorkersBus } from './workers.bus.js';
export { WorkersConfig } from './workers.config.js';
export { WorkersMetrics } from './workers.metrics.js';
