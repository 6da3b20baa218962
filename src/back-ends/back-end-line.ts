import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { HttpService } from '@nestjs/axios';
import { isAxiosError, type AxiosRequestConfig } from 'axios';
import { circuitBreaker, CircuitState, handleWhenResult, isBrokenCircuitError, SamplingBreaker } from 'cockatiel';
import { firstValueFrom } from 'rxjs';
import { FairSlots } from './fair-slots.js';

export interface LineOptions {
  /** How many requests run at a time, and how many more may wait for their turn. */
  readonly concurrency: number;
  readonly queue: number;
  /**
   * After how many outages within ten seconds, when they are more than half of all that was asked, nobody is asked any more;
   * and for how many milliseconds.
   */
  readonly breakAfter: number;
  readonly retryAfter: number;
  /** Bytes of an answer. */
  readonly maxAnswer: number;
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
  /** On whose behalf, a user or an address: none of them takes all slots, or makes the back end look away. */
  readonly client?: string | undefined;
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
  /** `late`: it was given up, so that it may be the question that takes so long. */
  | { readonly kind: 'lost'; readonly late: boolean }
  | { readonly kind: 'unasked'; readonly reason: WhyUnasked };

/** `busy`: others are being answered, and there are too many of them; `away`: nobody is. */
export type WhyUnasked = 'busy' | 'away' | 'called off';

/** What stands in front of a back end says these when the back end is away. Its own 500 may be about one client alone. */
const AWAY = new Set([502, 503, 504]);
const WINDOW = 10_000;
/** A client alone leaves one slot in 16 to others; one that was not answered in time lately, half of them. */
const SHARE = 15;
const SHARE_OF_SLOW = 1;
const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/** An answer that says nothing of the back end that it had not said before. */
class Uncounted extends Error {
  constructor(readonly answer: Answer) {
    super();
  }
}

/**
 * Requests to one back end. It is not asked for a while when it is down, so that whoever asks is answered at once and it
 * can come back in peace. Redirects are not followed, and every status is an answer.
 *
 * Down is no connection, and 502, 503, 504. Silence, which a single question may cause, counts once for each client in ten
 * seconds.
 */
export class BackEndLine {
  readonly #agents: { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent };
  readonly #slots: FairSlots;
  readonly #circuit;
  /** Whose silence has counted, and when it does again. */
  readonly #counted = new Map<string, number>();
  /** Whose trial was lost: the next one is somebody else's, for a while. */
  #lostTrial = { client: '', until: 0 };
  #answeredAt = -Infinity;
  #closed = false;

  constructor(
    private readonly http: HttpService,
    private readonly options: LineOptions,
  ) {
    const { concurrency, queue, breakAfter, retryAfter } = options;
    const sockets = { keepAlive: true, maxSockets: concurrency, maxFreeSockets: concurrency };
    this.#agents = { httpAgent: new HttpAgent(sockets), httpsAgent: new HttpsAgent(sockets) };
    this.#slots = new FairSlots(concurrency, queue, (client) => (this.#isSlow(client) ? SHARE_OF_SLOW : SHARE));
    // Half an answer less than asked for keeps the division of the library from asking for one more.
    const minimumRps = (breakAfter - 0.5) / (WINDOW / 1_000);
    this.#circuit = circuitBreaker(
      handleWhenResult((answer) => isOutage(answer as Answer)),
      { breaker: new SamplingBreaker({ threshold: 0.5, duration: WINDOW, minimumRps }), halfOpenAfter: retryAfter },
    );
    this.#circuit.onBreak(options.onOpened);
    this.#circuit.onReset(options.onClosed);
  }

  /** Never rejects for anything that a back end does. */
  async ask(question: Question): Promise<Answer> {
    if (this.#isOver(question)) return unasked('called off');
    // One request is trying the back end out; the others would wait for it, in numbers nobody bounds.
    if (this.#circuit.state === CircuitState.HalfOpen) return unasked('away');
    return this.#circuit.state === CircuitState.Open ? this.#tryOut(question) : this.#askInTurn(question);
  }

  /** Ends what is under way, and asks nothing more. */
  close(): void {
    this.#closed = true;
    this.#agents.httpAgent.destroy();
    this.#agents.httpsAgent.destroy();
  }

  /** Finds out if the back end is back. That is for everybody: it goes on when whoever asked has left. */
  async #tryOut(question: Question): Promise<Answer> {
    const { client = '' } = question;
    const { client: loser, until } = this.#lostTrial;
    if (client !== '' && client === loser && Date.now() < until) return unasked('away');
    const answer = await this.#judge(() => this.#send({ ...question, calledOff: undefined }));
    if (answer.kind === 'lost' && answer.late)
      this.#lostTrial = { client, until: Date.now() + 2 * this.options.retryAfter };
    return answer;
  }

  async #askInTurn(question: Question): Promise<Answer> {
    const { client, deadline, calledOff } = question;
    const askedAt = performance.now();
    if (!(await this.#slots.enter(client, anyOf(deadline, calledOff)))) return this.#unserved(question, askedAt);
    try {
      if (this.#isOver(question) || deadline?.aborted) return this.#unserved(question, askedAt);
      if (this.#circuit.state !== CircuitState.Closed) return unasked('away');
      return await this.#judge(() => this.#count(question, askedAt));
    } finally {
      this.#slots.leave(client);
    }
  }

  async #judge(ask: () => Promise<Answer>): Promise<Answer> {
    try {
      return await this.#circuit.execute(ask);
    } catch (error) {
      if (error instanceof Uncounted) return error.answer;
      if (isBrokenCircuitError(error)) return unasked('away');
      throw error;
    }
  }

  /** Its turn did not come. */
  #unserved(question: Question, askedAt: number): Answer {
    if (this.#isOver(question)) return unasked('called off');
    return unasked(question.deadline?.aborted && this.#answeredAt < askedAt ? 'away' : 'busy');
  }

  /** @throws {Uncounted} */
  async #count(question: Question, askedAt: number): Promise<Answer> {
    const { client, deadline } = question;
    const sentAt = performance.now();
    const answer = await this.#send(question);
    if (this.#isOver(question)) throw new Uncounted(unasked('called off'));
    if (answer.kind !== 'lost') {
      this.#answeredAt = performance.now();
      return answer;
    }
    // Where the wait for its turn was the longer one, it is our queue that was too slow, not the back end.
    const hadLess = performance.now() - sentAt < sentAt - askedAt;
    if (deadline?.aborted && hadLess) throw new Uncounted(this.#unserved(question, askedAt));
    if (answer.late && client !== undefined && !this.#isFirstSilenceFor(client)) throw new Uncounted(answer);
    return answer;
  }

  #isFirstSilenceFor(client: string): boolean {
    const now = performance.now();
    // In the order in which they end, so that the map holds no more than ten seconds can bring.
    for (const [other, until] of this.#counted) {
      if (until > now) break;
      this.#counted.delete(other);
    }
    if (this.#counted.has(client)) return false;
    this.#counted.set(client, now + WINDOW);
    return true;
  }

  #isSlow(client: string): boolean {
    return (this.#counted.get(client) ?? 0) > performance.now();
  }

  #isOver({ calledOff }: Question): boolean {
    return this.#closed || calledOff?.aborted === true;
  }

  async #send(question: Question, again = false): Promise<Answer> {
    const { deadline, calledOff, once, timeout } = question;
    const ended = anyOf(deadline, calledOff, timeout === undefined ? undefined : AbortSignal.timeout(timeout));
    try {
      const { status, data } = await firstValueFrom(this.http.request<Buffer>(this.#request(question, ended)));
      return { kind: 'answered', status, body: textOf(data) };
    } catch (error) {
      // The error holds the request, with whatever secrets are in it: it ends here.
      if (!again && !once && !ended.aborted && isStaleConnection(error)) return this.#send(question, true);
      if (isOversized(error)) return { kind: 'oversized' };
      return { kind: 'lost', late: ended.aborted };
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

function isOutage(answer: Answer): boolean {
  return answer.kind === 'lost' || (answer.kind === 'answered' && AWAY.has(answer.status));
}

function unasked(reason: WhyUnasked): Answer {
  return { kind: 'unasked', reason };
}

function anyOf(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined));
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return UTF_8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The back end closed a kept-alive connection in the moment we used it: it has not seen the request. */
function isStaleConnection(error: unknown): boolean {
  return isAxiosError(error) && !error.response && error.code === 'ECONNRESET' && error.request?.reusedSocket === true;
}

function isOversized(error: unknown): boolean {
  return isAxiosError(error) && error.message.startsWith('maxContentLength');
}
