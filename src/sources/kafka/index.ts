export { KafkaConfig } from './kafka.config.js';
export { KafkaModule } from './kafka.module.js';
export { KafkaSource } from './kafka.source.js';
