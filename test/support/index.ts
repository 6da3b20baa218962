export {
  describeWithOwnRabbit,
  describeWithRabbit,
  prepareRabbit,
  RABBIT_TIMEOUT,
  startRabbit,
  type SharedRabbit,
} from './services/rabbitmq.service.js';
export type { RabbitBroker } from './services/rabbitmq-broker.js';
export { RabbitManagement } from './services/rabbitmq-management.js';
export { describeWithNats, describeWithOwnNats, NATS_TIMEOUT, prepareNats } from './services/nats.service.js';
export type { NatsServer } from './services/nats-server.js';
export {
  describeWithOwnPostgres,
  describeWithPostgres,
  emptyDatabase,
  preparePostgres,
} from './services/postgres.service.js';
export type { PostgresServer } from './services/postgres-server.js';
export { describeWithKafka, describeWithOwnKafka, KAFKA_TIMEOUT, prepareKafka } from './services/kafka.service.js';
export type { KafkaProgram } from './services/kafka-broker.js';
export { describeWithOwnRedis, describeWithRedis, prepareRedis } from './services/redis.service.js';
export type { RedisServer } from './services/redis-server.js';
export { freePort } from './services/free-port.js';
export { waitFor, type Patience } from './wait-for.js';
