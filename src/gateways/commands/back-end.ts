import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Secret } from '@hermes/auth-provider';
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
import type { BackEndCall } from './back-end-call.js';
import type { CommandsConfig } from './commands.config.js';

/** What a back end came to: an answer, one that is larger than allowed, none in time, or it was not asked at all. */
export type BackEndReply =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  | { readonly kind: 'oversized' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'notAsked' };

const BREAK_AFTER = 5;
const RETRY_AFTER = 5_000;

/**
 * One host that commands are sent to. A host that is down is not asked again for a while, so that clients are answered
 * at once and it can come back in peace.
 */
export class BackEnd {
  readonly #logger = new Logger(BackEnd.name);
  readonly #agents: { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent };
  readonly #slots;
  readonly #circuit;

  constructor(
    origin: string,
    private readonly config: CommandsConfig,
    private readonly http: HttpService,
  ) {
    const sockets = { keepAlive: true, maxSockets: config.concurrency, maxFreeSockets: config.concurrency };
    this.#agents = { httpAgent: new HttpAgent(sockets), httpsAgent: new HttpsAgent(sockets) };
    this.#slots = bulkhead(config.concurrency, config.queue);
    this.#circuit = circuitBreaker(
      handleWhenResult((reply) => isOutage(reply as BackEndReply)),
      { breaker: new ConsecutiveBreaker(BREAK_AFTER), halfOpenAfter: RETRY_AFTER },
    );
    this.#circuit.onBreak(() => this.#logger.warn('commands.circuit.opened', { backEnd: origin }));
    this.#circuit.onReset(() => this.#logger.log('commands.circuit.closed', { backEnd: origin }));
  }

  async ask(call: BackEndCall, token: Secret | undefined): Promise<BackEndReply> {
    // One request is trying the back end out; the others would wait for it, in numbers nobody bounds.
    if (this.#circuit.state === CircuitState.HalfOpen) return { kind: 'notAsked' };
    const signal = AbortSignal.timeout(this.config.timeout);
    try {
      return await this.#circuit.execute(() => this.#slots.execute(() => this.#send(call, token, signal)));
    } catch (error) {
      const turnedAway =
        isBrokenCircuitError(error) || isBulkheadRejectedError(error) || error instanceof TaskCancelledError;
      if (turnedAway) return { kind: 'notAsked' };
      throw error;
    }
  }

  /** Gives up the kept-alive connections. */
  close(): void {
    this.#agents.httpAgent.destroy();
    this.#agents.httpsAgent.destroy();
  }

  async #send(call: BackEndCall, token: Secret | undefined, signal: AbortSignal, again = false): Promise<BackEndReply> {
    // It waited for its turn in vain: the back end was not asked, so this says nothing about it.
    if (signal.aborted) throw new TaskCancelledError();
    try {
      const { status, data } = await firstValueFrom(this.http.request<string>(this.#options(call, token, signal)));
      return { kind: 'answered', status, body: data };
    } catch (error) {
      // The error holds the request, token included: it ends here.
      if (!again && call.method !== 'POST' && isStaleConnection(error)) return this.#send(call, token, signal, true);
      return isAxiosError(error) && error.message.startsWith('maxContentLength')
        ? { kind: 'oversized' }
        : { kind: 'lost' };
    }
  }

  #options(call: BackEndCall, token: Secret | undefined, signal: AbortSignal): AxiosRequestConfig<string> {
    const { tokenHeader } = call.definition;
    return {
      ...this.#agents,
      method: call.method,
      url: call.url,
      signal,
      headers: {
        Accept: 'application/json',
        ...(call.body !== undefined && { 'Content-Type': 'application/json' }),
        ...(tokenHeader !== undefined && token !== undefined && { [tokenHeader]: token.reveal() }),
      },
      ...(call.body !== undefined && { data: call.body }),
      maxRedirects: 0,
      maxContentLength: this.config.maxAnswer,
      proxy: false,
      responseType: 'text',
      transformResponse: (body: string) => body,
      validateStatus: () => true,
    };
  }
}

function isOutage(reply: BackEndReply): boolean {
  return reply.kind === 'lost' || (reply.kind === 'answered' && reply.status >= 500);
}

/** The back end closed a kept-alive connection in the moment we used it: it has not seen the request. */
function isStaleConnection(error: unknown): boolean {
  return isAxiosError(error) && !error.response && error.code === 'ECONNRESET' && error.request?.reusedSocket === true;
}
