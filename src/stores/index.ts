export { Database } from './database.js';
export { DatabaseModule } from './database.module.js';
export { DatabaseUnavailable } from './fault.js';
export type { Migration } from './migrations.js';
export { PostgresConfig } from './postgres.config.js';
export { RedisConfig } from './redis.config.js';
export { RedisConnection, RedisUnavailable } from './redis.connection.js';
export { RedisModule } from './redis.module.js';
