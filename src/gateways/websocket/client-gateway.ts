import { UseFilters, UseInterceptors, applyDecorators } from '@nestjs/common';
import { WebSocketGateway } from '@nestjs/websockets';
import type { IncomingHttpHeaders } from 'node:http';
import type { Session } from '../../sessions/index.js';
import type { Dialect } from './dialect.js';
import { EnvelopeInterceptor } from './envelope.interceptor.js';
import { ProtocolErrorFilter } from './protocol-error.filter.js';

/** The HTTP request a client came in with; gone when the session is open. */
export interface UpgradeRequest {
  /** Path and query, as the client sent them. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The address of whoever has connected, the client or a proxy, in its canonical spelling. */
  readonly peer: string;
}

/**
 * What a gateway class brings along besides its commands.
 *
 * **Called** `sessionOpened` once, before the first command of the session, which waits for it; `sessionClosed` once.
 * **Guarantees** asked of you: `sessionOpened` does not reject.
 * **Wiring** decorate the class with {@link ClientGateway} and provide it in a module.
 */
export interface Gateway {
  readonly dialect: Dialect;
  /** Where its clients connect; no two gateways share one. */
  readonly paths: readonly string[];
  /** What its paths answer with 200 to a GET that is no upgrade; undefined: 426. */
  readonly plainGet?: string;
  /** What a gateway counts beside its commands, by fixed words used as metric labels. */
  readonly stats?: Readonly<Record<string, number>>;
  sessionOpened?(session: Session, request: UpgradeRequest): Promise<void>;
  sessionClosed?(session: Session): void;
}

/**
 * A gateway that speaks a dialect over WebSocket: commands come in through its methods, replies are what they return.
 *
 * @param name under which Nest knows it
 */
export function ClientGateway(name: string): (gateway: abstract new (...args: never[]) => Gateway) => void {
  return applyDecorators(
    WebSocketGateway({ path: name }),
    UseFilters(ProtocolErrorFilter),
    UseInterceptors(EnvelopeInterceptor),
  ) as ClassDecorator;
}
