import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
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
import type { ForwardedHeaders } from './forwarded-headers.js';

/** What the back end said; `lost`: nothing in time; `unasked`: it was not asked, so this says nothing about it. */
export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  | { readonly kind: 'lost' }
  | { readonly kind: 'unasked' };

export interface LineOptions {
  /** For the log. */
  readonly purpose: 'bootstrap' | 'hooks';
  readonly concurrency: number;
  /** Requests that wait for their turn. */
  readonly queue: number;
  /** Milliseconds for one request, its turn included. */
  readonly timeout: number;
}

export interface Question {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: ForwardedHeaders;
  /** Calls the question off. */
  readonly signal?: AbortSignal;
}

const MAX_ANSWER_BYTES = 4 * 1024 ** 2;
const BREAK_AFTER = 5;
const RETRY_AFTER = 2_000;
/** What stands in front of a back end says these when the back end is away. Its own 500 may be about one client alone. */
const AWAY = new Set([502, 503, 504]);

/** Requests to the back end for one purpose: bounded, timed, and not made at all for a while when it is away. */
export class BackEndLine {
  readonly #logger = new Logger(BackEndLine.name);
  readonly #agents: { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent };
  readonly #slots;
  readonly #circuit;

  constructor(
    private readonly http: HttpService,
    private readonly options: LineOptions,
  ) {
    const { concurrency, queue, purpose } = options;
    const sockets = { keepAlive: true, maxSockets: concurrency, maxFreeSockets: concurrency };
    this.#agents = { httpAgent: new HttpAgent(sockets), httpsAgent: new HttpsAgent(sockets) };
    this.#slots = bulkhead(concurrency, queue);
    this.#circuit = circuitBreaker(
      handleWhenResult((answer) => isOutage(answer as Answer)),
      { breaker: new ConsecutiveBreaker(BREAK_AFTER), halfOpenAfter: RETRY_AFTER },
    );
    this.#circuit.onBreak(() => this.#logger.warn('rooms.circuit.opened', { purpose }));
    this.#circuit.onReset(() => this.#logger.log('rooms.circuit.closed', { purpose }));
  }

  /** Never rejects. */
  async ask(question: Question): Promise<Answer> {
    // One request is trying the back end out; the others would wait for it, in numbers nobody bounds.
    if (this.#circuit.state === CircuitState.HalfOpen) return { kind: 'unasked' };
    const timeout = AbortSignal.timeout(this.options.timeout);
    try {
      return await this.#circuit.execute(() => this.#slots.execute(() => this.#send(question, timeout)));
    } catch (error) {
      const turnedAway =
        isBrokenCircuitError(error) || isBulkheadRejectedError(error) || error instanceof TaskCancelledError;
      return { kind: turnedAway ? 'unasked' : 'lost' };
    }
  }

  /** Gives up the kept-alive connections. */
  close(): void {
    this.#agents.httpAgent.destroy();
    this.#agents.httpsAgent.destroy();
  }

  async #send(question: Question, timeout: AbortSignal, again = false): Promise<Answer> {
    const { method, url, signal } = question;
    // It waited for its turn in vain: the back end was not asked.
    if (signal?.aborted || timeout.aborted) throw new TaskCancelledError();
    try {
      const ends = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
      const request = { ...this.#request(question), method, url, signal: ends };
      const { status, data } = await firstValueFrom(this.http.request<string>(request));
      return { kind: 'answered', status, body: data };
    } catch (error) {
      // The error holds the request, cookies and tokens included: it ends here.
      if (signal?.aborted) throw new TaskCancelledError();
      if (!again && isStaleConnection(error)) return this.#send(question, timeout, true);
      return { kind: 'lost' };
    }
  }

  #request({ headers }: Question): AxiosRequestConfig<string> {
    return {
      ...this.#agents,
      // A header that the client did not send is not made up for it.
      headers: { accept: 'application/json', 'user-agent': false, ...headers },
      maxRedirects: 0,
      maxContentLength: MAX_ANSWER_BYTES,
      proxy: false,
      responseType: 'text',
      transformResponse: (body: string) => body,
      validateStatus: () => true,
    };
  }
}

function isOutage(answer: Answer): boolean {
  return answer.kind === 'lost' || (answer.kind === 'answered' && AWAY.has(answer.status));
}

/** The back end closed a kept-alive connection in the moment we used it: it has not seen the request. */
function isStaleConnection(error: unknown): boolean {
  return isAxiosError(error) && !error.response && error.code === 'ECONNRESET' && error.request?.reusedSocket === true;
}
