import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { HttpService } from '@nestjs/axios';
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

export interface LineOptions {
  /** How many requests run at a time, and how many more may wait for their turn. */
  readonly concurrency: number;
  readonly queue: number;
  /** After how many outages in a row nobody is asked any more, and for how many milliseconds. */
  readonly breakAfter: number;
  readonly retryAfter: number;
  /** Bytes of an answer. */
  readonly maxAnswer: number;
  /** Whether an answer says that the back end is away. Not called for `unasked`. */
  readonly isOutage: (answer: Answer) => boolean;
  /** The back end is not asked for a while. */
  readonly onOpened: () => void;
  /** It answers again. */
  readonly onClosed: () => void;
}

export interface Question {
  readonly method: string;
  readonly url: string;
  /** False takes away a header that would be made up. */
  readonly headers: Readonly<Record<string, string | false>>;
  readonly body?: string | undefined;
  /** Ends the wait for the answer, and for its turn. */
  readonly deadline: AbortSignal;
  /** Calls the question off: it then says nothing about the back end. */
  readonly calledOff?: AbortSignal | undefined;
  /** Set where the back end is not to get it twice, whatever becomes of a connection. */
  readonly once?: boolean;
}

/** What became of a question; `lost`: no answer in time, `unasked`: it was not asked, which says nothing about it. */
export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  | { readonly kind: 'oversized' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'unasked' };

/**
 * Requests to one back end. It is not asked for a while when it is down, so that whoever asks is answered at once and it
 * can come back in peace. Redirects are not followed, and every status is an answer.
 */
export class BackEndLine {
  readonly #agents: { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent };
  readonly #slots;
  readonly #circuit;

  constructor(
    private readonly http: HttpService,
    private readonly options: LineOptions,
  ) {
    const { concurrency, queue, breakAfter, retryAfter, isOutage } = options;
    const sockets = { keepAlive: true, maxSockets: concurrency, maxFreeSockets: concurrency };
    this.#agents = { httpAgent: new HttpAgent(sockets), httpsAgent: new HttpsAgent(sockets) };
    this.#slots = bulkhead(concurrency, queue);
    this.#circuit = circuitBreaker(
      handleWhenResult((answer) => isOutage(answer as Answer)),
      { breaker: new ConsecutiveBreaker(breakAfter), halfOpenAfter: retryAfter },
    );
    this.#circuit.onBreak(options.onOpened);
    this.#circuit.onReset(options.onClosed);
  }

  /** Never rejects for anything that a back end does. */
  async ask(question: Question): Promise<Answer> {
    // One request is trying the back end out; the others would wait for it, in numbers nobody bounds.
    if (this.#circuit.state === CircuitState.HalfOpen) return { kind: 'unasked' };
    try {
      return await this.#circuit.execute(() => this.#slots.execute(() => this.#send(question)));
    } catch (error) {
      const turnedAway =
        isBrokenCircuitError(error) || isBulkheadRejectedError(error) || error instanceof TaskCancelledError;
      if (turnedAway) return { kind: 'unasked' };
      throw error;
    }
  }

  /** Gives up the kept-alive connections. */
  close(): void {
    this.#agents.httpAgent.destroy();
    this.#agents.httpsAgent.destroy();
  }

  async #send(question: Question, again = false): Promise<Answer> {
    const { deadline, calledOff, once } = question;
    // It waited for its turn in vain: the back end was not asked.
    if (calledOff?.aborted || deadline.aborted) throw new TaskCancelledError();
    try {
      const { status, data } = await firstValueFrom(this.http.request<string>(this.#request(question)));
      return { kind: 'answered', status, body: data };
    } catch (error) {
      // The error holds the request, with whatever secrets are in it: it ends here.
      if (calledOff?.aborted) throw new TaskCancelledError();
      if (!again && !once && isStaleConnection(error)) return this.#send(question, true);
      return { kind: isOversized(error) ? 'oversized' : 'lost' };
    }
  }

  #request({ method, url, headers, body, deadline, calledOff }: Question): AxiosRequestConfig<string> {
    return {
      ...this.#agents,
      method,
      url,
      headers: { ...headers },
      ...(body !== undefined && { data: body }),
      signal: calledOff === undefined ? deadline : AbortSignal.any([calledOff, deadline]),
      maxRedirects: 0,
      maxContentLength: this.options.maxAnswer,
      proxy: false,
      responseType: 'text',
      transformResponse: (text: string) => text,
      validateStatus: () => true,
    };
  }
}

/** The back end closed a kept-alive connection in the moment we used it: it has not seen the request. */
function isStaleConnection(error: unknown): boolean {
  return isAxiosError(error) && !error.response && error.code === 'ECONNRESET' && error.request?.reusedSocket === true;
}

function isOversized(error: unknown): boolean {
  return isAxiosError(error) && error.message.startsWith('maxContentLength');
}
