import { IsInt, Max, Min } from 'class-validator';
import { Setting, duration } from '../config/index.js';

/** How long sessions live and how many there may be. */
export class SessionsConfig {
  @Setting('HERMES_PING_INTERVAL', 'time between pings to a client', { parse: duration })
  @IsInt()
  @Min(100)
  readonly pingInterval: number = 25_000;

  @Setting('HERMES_PONG_TIMEOUT', 'a client that has not answered a ping for so long is closed', { parse: duration })
  @IsInt()
  @Min(100)
  readonly pongTimeout: number = 15_000;

  @Setting(
    'HERMES_ANONYMOUS_TIMEOUT',
    'a client without an identity that has sent no command for so long is closed; 0: never',
    { parse: duration },
  )
  @IsInt()
  @Min(0)
  readonly anonymousTimeout: number = 0;

  @Setting('HERMES_MAX_SESSIONS', 'sessions on this node; further clients get HTTP 503')
  @IsInt()
  @Min(1)
  readonly maxSessions: number = 100_000;

  @Setting(
    'HERMES_SHUTDOWN_DELAY',
    'time for which a node that stops says that it is not ready and takes clients all the same, until load balancers know',
    { parse: duration },
  )
  @IsInt()
  @Min(0)
  @Max(600_000)
  readonly shutdownDelay: number = 0;

  @Setting('HERMES_DRAIN', 'time over which sessions are closed when Hermes stops', { parse: duration })
  @IsInt()
  @Min(0)
  readonly drain: number = 10_000;
}
