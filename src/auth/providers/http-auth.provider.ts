import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { AuthProvider, rejected, unavailable, type AuthOutcome, type AuthRequest } from '@hermes/auth-provider';
import type { HttpService } from '@nestjs/axios';
import { Logger } from '@nestjs/common';
import { isAxiosError, type AxiosRequestConfig } from 'axios';
import {
  bulkhead,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleWhenResult,
  isBrokenCircuitError,
  isBulkheadRejectedError,
  TaskCancelledError,
} from 'cockatiel';
import { firstValueFrom } from 'rxjs';
import { readHttpAuthAnswer } from './http-auth-answer.js';
import type { HttpAuthConfig } from './http-auth.config.js';

type Reply = { readonly kind: 'answered'; readonly status: number; readonly body: string } | { readonly kind: 'lost' };

const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Asks a service of yours over HTTP. A service that is down is not asked again for a while, so that its clients are
 * answered at once and it can come back in peace.
 */
export class HttpAuthProvider extends AuthProvider {
  readonly #logger = new Logger(HttpAuthProvider.name);
  readonly #agents: { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent };
  readonly #slots;
  readonly #circuit;

  constructor(
    origin: string,
    private readonly config: HttpAuthConfig,
    private readonly http: HttpService,
  ) {
    super();
    const sockets = { keepAlive: true, maxSockets: config.concurrency, maxFreeSockets: config.concurrency };
    this.#agents = { httpAgent: new HttpAgent(sockets), httpsAgent: new HttpsAgent(sockets) };
    this.#slots = bulkhead(config.concurrency, config.queue);
    this.#circuit = circuitBreaker(
      handleWhenResult((reply) => isOutage(reply as Reply)),
      { breaker: new ConsecutiveBreaker(config.breakAfter), halfOpenAfter: config.retryAfter },
    );
    this.#circuit.onBreak(() => this.#logger.warn('auth.circuit.opened', { origin }));
    this.#circuit.onReset(() => this.#logger.log('auth.circuit.closed', { origin }));
  }

  async authenticate(request: AuthRequest): Promise<AuthOutcome> {
    // One request is trying the service out; the others would wait for it, in numbers nobody bounds.
    if (this.#circuit.state === CircuitState.HalfOpen) return unavailable(503);
    try {
      return outcomeOf(await this.#circuit.execute(() => this.#slots.execute(() => this.#post(request))));
    } catch (error) {
      const turnedAway =
        isBrokenCircuitError(error) || isBulkheadRejectedError(error) || error instanceof TaskCancelledError;
      if (turnedAway) return unavailable(503);
      throw error;
    }
  }

  /** Gives up the kept-alive connections. */
  close(): void {
    this.#agents.httpAgent.destroy();
    this.#agents.httpsAgent.destroy();
  }

  async #post(request: AuthRequest, again = false): Promise<Reply> {
    // It waited for its turn in vain: the service was not asked, so this says nothing about it.
    if (request.signal.aborted) throw new TaskCancelledError();
    try {
      const { url } = this.config;
      const { status, data } = await firstValueFrom(
        this.http.post<string>(url, bodyOf(request), this.#options(request)),
      );
      return { kind: 'answered', status, body: data };
    } catch (error) {
      // The error holds the request, token and key included: it ends here.
      if (!again && isStaleConnection(error)) return this.#post(request, true);
      return { kind: 'lost' };
    }
  }

  #options({ signal }: AuthRequest): AxiosRequestConfig<string> {
    const { header, accessKey } = this.config;
    return {
      ...this.#agents,
      signal,
      headers: { 'Content-Type': 'application/json', ...(accessKey && { [header]: accessKey.reveal() }) },
      maxRedirects: 0,
      maxContentLength: MAX_ANSWER_BYTES,
      proxy: false,
      responseType: 'text',
      transformResponse: (body: string) => body,
      validateStatus: () => true,
    };
  }
}

function bodyOf({ sessionId, token, userAgent, ip, origin, role }: AuthRequest): string {
  return JSON.stringify({ session_id: sessionId, token: token.reveal(), userAgent, ip, origin, role });
}

function isOutage(reply: Reply): boolean {
  return reply.kind === 'lost' || reply.status >= 500;
}

/** The service closed a kept-alive connection in the moment we used it: it has not seen the request. */
function isStaleConnection(error: unknown): boolean {
  return isAxiosError(error) && !error.response && error.code === 'ECONNRESET' && error.request?.reusedSocket === true;
}

function outcomeOf(reply: Reply): AuthOutcome {
  if (reply.kind === 'lost') return unavailable(503);
  if (reply.status === 200) return readHttpAuthAnswer(reply.body);
  return reply.status >= 500 ? unavailable(reply.status) : rejected(reply.status);
}
