import { AuthProvider, rejected, unavailable, type AuthOutcome, type AuthRequest } from '@hermes/auth-provider';
import type { HttpService } from '@nestjs/axios';
import { Logger } from '@nestjs/common';
import { addressGroup } from '../../addresses/index.js';
import { BackEndLine, type Answer } from '../../back-ends/index.js';
import { parseJson } from '../../delivery/index.js';
import { UnusableAnswers } from '../answers/index.js';
import { readHttpAuthAnswer } from './http-auth-answer.js';
import type { HttpAuthConfig } from './http-auth.config.js';
import { sessionNumber } from './session-number.js';

const MAX_ANSWER_BYTES = 64 * 1024;

/** Asks a service of yours over HTTP. */
export class HttpAuthProvider extends AuthProvider {
  readonly #logger = new Logger(HttpAuthProvider.name);
  readonly #line: BackEndLine;
  readonly #unusable = new UnusableAnswers();

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
      client: addressGroup(request.ip),
      deadline: request.signal,
    });
    return this.#outcomeOf(answer, request);
  }

  /** Gives up the kept-alive connections. */
  close(): void {
    this.#line.close();
  }

  #bodyOf({ sessionId, token, userAgent, ip, origin, role }: AuthRequest): string {
    const session_id = this.config.sessionId === 'text' ? sessionId : sessionNumber(sessionId);
    return JSON.stringify({ session_id, token: token.reveal(), userAgent, ip, origin, role });
  }

  #outcomeOf(answer: Answer, { origin, role }: AuthRequest): AuthOutcome {
    if (answer.kind !== 'answered') return unavailable(503);
    const { status, body } = answer;
    if (status === 200) return this.#userOf(body, origin, this.config.requireRole ? '' : role);
    const reason = body === undefined || parseJson(body) === undefined ? undefined : body;
    return status >= 500 ? unavailable(status, reason) : rejected(status, reason);
  }

  /** @param silence the role that an answer without one stands for */
  #userOf(body: string | undefined, origin: string, silence: string): AuthOutcome {
    const answer = readHttpAuthAnswer(body, silence);
    if (answer.ok) return answer.outcome;
    this.#unusable.report(origin, answer.fault);
    return unavailable(502);
  }
}
