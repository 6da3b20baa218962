export { AdminConfig } from './admin.config.js';
export { AdminDoor } from './admin-door.js';
export { LogConfig } from './log.config.js';
export { ObservabilityModule } from './observability.module.js';
export { PinoLogger } from './pino-logger.js';
export { Readiness } from './readiness.js';
export { VERSION } from './version.js';
