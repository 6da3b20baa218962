import { AuthProvider, rejected, unavailable, type AuthOutcome, type AuthRequest } from '@hermes/auth-provider';
import type { HttpService } from '@nestjs/axios';
import { Logger } from '@nestjs/common';
import { BackEndLine, type Answer } from '../../back-ends/index.js';
import { parseJson } from '../../delivery/index.js';
import { readHttpAuthAnswer } from './http-auth-answer.js';
import type { HttpAuthConfig } from './http-auth.config.js';
import { sessionNumber } from './session-number.js';

const MAX_ANSWER_BYTES = 64 * 1024;

/** Asks a service of yours over HTTP. */
export class HttpAuthProvider extends AuthProvider {
  readonly #logger = new Logger(HttpAuthProvider.name);
  readonly #line: BackEndLine;

  constructor(
    origin: string,
    private readonly config: HttpAuthConfig,
    http: HttpService,
  ) {
    super();
    const { concurrency, queue, breakAfter, retryAfter } = config;
    this.#line = new BackEndLine(http, {
      concurrency,
      queue,
      breakAfter,
      retryAfter,
      maxAnswer: MAX_ANSWER_BYTES,
      isOutage: (answer) => answer.kind !== 'answered' || answer.status >= 500,
      onOpened: () => this.#logger.warn('auth.circuit.opened', { origin }),
      onClosed: () => this.#logger.log('auth.circuit.closed', { origin }),
    });
  }

  async authenticate(request: AuthRequest): Promise<AuthOutcome> {
    const { url, header, accessKey } = this.config;
    const answer = await this.#line.ask({
      method: 'POST',
      url,
      headers: { 'Content-Type': 'application/json', ...(accessKey && { [header]: accessKey.reveal() }) },
      body: this.#bodyOf(request),
      deadline: request.signal,
    });
    return outcomeOf(answer);
  }

  /** Gives up the kept-alive connections. */
  close(): void {
    this.#line.close();
  }

  #bodyOf({ sessionId, token, userAgent, ip, origin, role }: AuthRequest): string {
    const session_id = this.config.sessionId === 'text' ? sessionId : sessionNumber(sessionId);
    return JSON.stringify({ session_id, token: token.reveal(), userAgent, ip, origin, role });
  }
}

function outcomeOf(answer: Answer): AuthOutcome {
  if (answer.kind !== 'answered') return unavailable(503);
  const { status, body } = answer;
  if (status === 200) return readHttpAuthAnswer(body);
  const reason = parseJson(body) === undefined ? undefined : body;
  return status >= 500 ? unavailable(status, reason) : rejected(status, reason);
}
