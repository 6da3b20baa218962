import type { Secret } from '@hermes/auth-provider';
import type { HttpService } from '@nestjs/axios';
import { Logger } from '@nestjs/common';
import { BackEndLine, type Answer } from '../../back-ends/index.js';
import type { BackEndCall } from './back-end-call.js';
import type { CommandsConfig } from './commands.config.js';

const BREAK_AFTER = 5;
const RETRY_AFTER = 5_000;

/** One host that commands are sent to. */
export class BackEnd {
  readonly #logger = new Logger(BackEnd.name);
  readonly #line: BackEndLine;

  constructor(
    origin: string,
    private readonly config: CommandsConfig,
    http: HttpService,
  ) {
    const { concurrency, queue, maxAnswer } = config;
    this.#line = new BackEndLine(http, {
      concurrency,
      queue,
      breakAfter: BREAK_AFTER,
      retryAfter: RETRY_AFTER,
      maxAnswer,
      onOpened: () => this.#logger.warn('commands.circuit.opened', { backEnd: origin }),
      onClosed: () => this.#logger.log('commands.circuit.closed', { backEnd: origin }),
    });
  }

  /** @param client on whose behalf */
  ask({ definition, method, url, body }: BackEndCall, token: Secret | undefined, client: string): Promise<Answer> {
    const { tokenHeader } = definition;
    return this.#line.ask({
      method,
      url,
      headers: {
        Accept: 'application/json',
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(tokenHeader !== undefined && token !== undefined && { [tokenHeader]: token.reveal() }),
      },
      body,
      client,
      deadline: AbortSignal.timeout(this.config.timeout),
      once: method === 'POST',
    });
  }

  /** Gives up the kept-alive connections. */
  close(): void {
    this.#line.close();
  }
}
