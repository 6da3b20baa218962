export { NatsBusModule } from './nats-bus.module.js';
export { NatsBus } from './nats.bus.js';
export { NatsConfig } from './nats.config.js';
export { NatsModule } from './nats.module.js';
export { NatsSource } from './nats.source.js';
