import { IsInt, Min } from 'class-validator';
import { Setting, byteSize, duration } from '../../config/index.js';

/** What the HTTP API bounds beside `HERMES_MAX_EVENT`. */
export class HttpSourceConfig {
  @Setting('HERMES_MAX_BODY', 'largest HTTP request body; JSON that comes as gzip counts inflated', { parse: byteSize })
  @IsInt()
  @Min(1024)
  readonly maxBody: number = 8 * 1024 ** 2;

  @Setting('HERMES_MAX_INFLATED', 'largest that a gzip request body may become; larger ones are answered with 413', {
    parse: byteSize,
  })
  @IsInt()
  @Min(1024)
  readonly maxInflated: number = 64 * 1024 ** 2;

  @Setting(
    'HERMES_IDEMPOTENCY_WINDOW',
    'time for which an Idempotency-Key brings nothing again, whatever node it is sent to',
    {
      parse: duration,
    },
  )
  @IsInt()
  @Min(1_000)
  readonly idempotencyWindow: number = 300_000;

  @Setting('HERMES_IDEMPOTENCY_KEYS', 'Idempotency-Keys of which a process remembers its answer; the oldest go first')
  @IsInt()
  @Min(1)
  readonly idempotencyKeys: number = 10_000;
}
