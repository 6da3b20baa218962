import { Module } from '@nestjs/common';
import { provideSettings } from '../config/index.js';
import { RedisConfig } from './redis.config.js';
import { RedisConnection } from './redis.connection.js';

/** Import it when `HERMES_REDIS_URL` is set. The connection ends in the last step of a shutdown, `onApplicationShutdown`. */
@Module({
  providers: [provideSettings(RedisConfig), RedisConnection],
  exports: [RedisConfig, RedisConnection],
})
export class RedisModule {}
