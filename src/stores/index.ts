export { PostgresConfig } from './postgres.config.js';
export { RedisConfig } from './redis.config.js';
