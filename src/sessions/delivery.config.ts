import { IsBoolean, IsIn, IsInt, Max, Min } from 'class-validator';
import { Setting, byteSize, duration } from '../config/index.js';

/** The bounds of the delivery core. */
export class DeliveryConfig {
  @Setting('HERMES_MAX_EVENT', 'largest event body; larger ones are dropped and counted', { parse: byteSize })
  @IsInt()
  @Min(1024)
  readonly maxEvent: number = 1024 ** 2;

  @Setting('HERMES_OUTBOX_LIMIT', 'bytes that may wait for one session', { parse: byteSize })
  @IsInt()
  @Min(1024)
  readonly outboxLimit: number = 1024 ** 2;

  @Setting(
    'HERMES_OUTBOX_OVERFLOW',
    'what happens past that: `close` the session with 4008, or `drop` its oldest events',
  )
  @IsIn(['close', 'drop'])
  readonly outboxOverflow: 'close' | 'drop' = 'close';

  @Setting('HERMES_PENDING_LIMIT', 'bytes that may wait on the whole node before the sources pause', {
    parse: byteSize,
  })
  @IsInt()
  @Min(64 * 1024)
  readonly pendingLimit: number = 256 * 1024 ** 2;

  @Setting(
    'HERMES_STALL_TIMEOUT',
    'while the sources are paused, sessions that have not taken what waits for them in so long are closed',
    {
      parse: duration,
    },
  )
  @IsInt()
  @Min(100)
  readonly stallTimeout: number = 2_000;

  @Setting('HERMES_MAX_SUBSCRIPTIONS', 'subscriptions of one session')
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  readonly maxSubscriptions: number = 1_000;

  @Setting(
    'HERMES_SUBSCRIPTIONS_LIMIT',
    'bytes of names that all sessions make this node remember, half of them by anonymous ones; a quarter of the heap at most',
    { parse: byteSize },
  )
  @IsInt()
  @Min(1024)
  readonly subscriptionsLimit: number = 256 * 1024 ** 2;

  @Setting(
    'HERMES_ROOMS_WILDCARD_ROUTING',
    '`*` in a room stands for any value when triggers are routed too: in the room of a subscriber and in that of a trigger',
  )
  @IsBoolean()
  readonly roomsWildcardRouting: boolean = false;

  @Setting('HERMES_RETAINED_LIMIT', 'bytes of all retained events; the oldest go first', { parse: byteSize })
  @IsInt()
  @Min(0)
  readonly retainedLimit: number = 64 * 1024 ** 2;

  @Setting('HERMES_RETAINED_PER_TOPIC', 'retained events of one channel, event and user')
  @IsInt()
  @Min(1)
  readonly retainedPerTopic: number = 100;
}
