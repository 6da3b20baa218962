export { RabbitMqBusModule } from './rabbitmq-bus.module.js';
export { RabbitMqBus } from './rabbitmq.bus.js';
export { RabbitMqConfig } from './rabbitmq.config.js';
export { RabbitMqModule } from './rabbitmq.module.js';
export { RabbitMqSource } from './rabbitmq.source.js';
