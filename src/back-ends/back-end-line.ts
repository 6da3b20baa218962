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

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

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
  readonly deadline?: AbortSignal | undefined;
  /** Milliseconds for the answer alone, from when the question leaves. */
  readonly timeout?: number;
  /** Calls the question off: it then says nothing about the back end. */
  readonly calledOff?: AbortSignal | undefined;
  /** Set where the back end is not to get it twice, whatever becomes of a connection. */
  readonly once?: boolean;
}

/**
 * What became of a question; `lost`: no answer in time, `unasked`: it was not asked, which says nothing about it. The body is
 * undefined when its bytes are not UTF-8, whatever charset they are declared to be: read in any other way, two names would
 * become one.
 */
export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string | undefined }
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
  #closed = false;
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
    const { state } = this.#circuit;
    // One request is trying the back end out; the others would wait for it, in numbers nobody bounds.
    if (this.#closed || question.calledOff?.aborted || state === CircuitState.HalfOpen) return { kind: 'unasked' };
    const isTrial = state === CircuitState.Open;
    try {
      return await this.#circuit.execute(() => (isTrial ? this.#try(question) : this.#askInTurn(question)));
    } catch (error) {
      const turnedAway =
        isBrokenCircuitError(error) || isBulkheadRejectedError(error) || error instanceof TaskCancelledError;
      if (turnedAway) return { kind: 'unasked' };
      throw error;
    }
  }

  /** Ends what is under way, and asks nothing more. */
  close(): void {
    this.#closed = true;
    this.#agents.httpAgent.destroy();
    this.#agents.httpsAgent.destroy();
  }

  /** Finds out if the back end is back. That is for everybody: it goes on when whoever asked has left. */
  #try(question: Question): Promise<Answer> {
    return this.#send({ ...question, calledOff: undefined });
  }

  #askInTurn(question: Question): Promise<Answer> {
    const { deadline, calledOff } = question;
    const askedAt = performance.now();
    return this.#slots.execute(async () => {
      if (this.#closed || calledOff?.aborted || deadline?.aborted) throw new TaskCancelledError();
      const sentAt = performance.now();
      const answer = await this.#send(question);
      if (this.#closed || calledOff?.aborted) throw new TaskCancelledError();
      // Where the wait for its turn was the longer one, it is our queue that was too slow, not the back end.
      const hadLess = performance.now() - sentAt < sentAt - askedAt;
      if (answer.kind === 'lost' && deadline?.aborted && hadLess) throw new TaskCancelledError();
      return answer;
    });
  }

  async #send(question: Question, again = false): Promise<Answer> {
    const { deadline, calledOff, once, timeout } = question;
    const limits = [deadline, calledOff, timeout === undefined ? undefined : AbortSignal.timeout(timeout)];
    const ended = AbortSignal.any(limits.filter((signal) => signal !== undefined));
    try {
      const { status, data } = await firstValueFrom(this.http.request<Buffer>(this.#request(question, ended)));
      return { kind: 'answered', status, body: textOf(data) };
    } catch (error) {
      // The error holds the request, with whatever secrets are in it: it ends here.
      if (!again && !once && !ended.aborted && isStaleConnection(error)) return this.#send(question, true);
      return { kind: isOversized(error) ? 'oversized' : 'lost' };
    }
  }

  #request({ method, url, headers, body }: Question, signal: AbortSignal): AxiosRequestConfig<string> {
    return {
      ...this.#agents,
      method,
      url,
      headers: { ...headers },
      ...(body !== undefined && { data: body }),
      signal,
      maxRedirects: 0,
      maxContentLength: this.options.maxAnswer,
      proxy: false,
      responseType: 'arraybuffer',
      transformResponse: (bytes: Buffer) => bytes,
      validateStatus: () => true,
    };
  }
}

/** The back end closed a kept-alive connection in the moment we used it: it has not seen the request. */
function isStaleConnection(error: unknown): boolean {
  return isAxiosError(error) && !error.response && error.code === 'ECONNRESET' && error.request?.reusedSocket === true;
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return UTF_8.decode(bytes);
  } catch {
    return undefined;
  }
}

function isOversized(error: unknown): boolean {
  return isAxiosError(error) && error.message.startsWith('maxContentLength');
}
