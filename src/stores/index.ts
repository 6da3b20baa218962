export { PostgresConfig } from './postgres.config.js';
export { RedisConfig } from './redis.config.js';
export { RedisConnection, RedisUnavailable } from './redis.connection.js';
export { RedisModule } from './redis.module.js';
