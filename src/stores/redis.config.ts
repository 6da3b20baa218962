import { Matches, ValidateIf } from 'class-validator';
import { Setting } from '../config/index.js';

/** What nodes share that need not last. */
export class RedisConfig {
  @Setting(
    'HERMES_REDIS_URL',
    'Redis for presence across nodes, e.g. redis://redis:6379; none: each node knows its own',
    {
      secret: true,
    },
  )
  @ValidateIf(({ url }: RedisConfig) => url !== '')
  @Matches(/^rediss?:\/\/./i, { message: 'must be a URL that starts with redis:// or rediss://' })
  readonly url: string = '';
}
