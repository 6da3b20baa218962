import { HttpService } from '@nestjs/axios';
import { Injectable, Logger } from '@nestjs/common';
import { addressGroup } from '../../addresses/index.js';
import { BackEndLine, type Answer, type Question } from '../../back-ends/index.js';
import { readBootstrap, REFUSED, type Bootstrap } from './bootstrap.js';
import type { ForwardedHeaders } from './forwarded-headers.js';
import { RoomsConfig } from './rooms.config.js';

/** Clients that wait for their turn to be asked about; the next ones are told to come back. */
const WAITING_CLIENTS = 4_096;
/** Hooks are a courtesy: they get few connections, and what does not fit is dropped. */
const HOOKS_AT_A_TIME = 8;
const WAITING_HOOKS = 10_000;
const MAX_ANSWER_BYTES = 4 * 1024 ** 2;
const BREAK_AFTER = 5;
const RETRY_AFTER = 2_000;

/** The back end behind the rooms: it says who may enter what, and is told who comes and goes. */
@Injectable()
export class RoomsApi {
  readonly stats = { authorized: 0, refused: 0, putOff: 0, hooks: 0, hookFailures: 0 };
  readonly #logger = new Logger(RoomsApi.name);
  readonly #bootstraps: BackEndLine;
  readonly #hooks: BackEndLine;
  readonly #running = new Set<Promise<void>>();

  constructor(
    private readonly http: HttpService,
    private readonly config: RoomsConfig,
  ) {
    this.#bootstraps = this.#line('bootstrap', config.apiConcurrency, WAITING_CLIENTS);
    this.#hooks = this.#line('hooks', HOOKS_AT_A_TIME, WAITING_HOOKS);
  }

  /** Waits for the hooks that are under way, no longer than one may take; the rest is called off. */
  async close(): Promise<void> {
    this.#bootstraps.close();
    const patience = setTimeout(() => this.#hooks.close(), this.config.apiTimeout);
    await Promise.all(this.#running);
    clearTimeout(patience);
    this.#hooks.close();
  }

  /** Never rejects: a back end that hangs, fails or talks nonsense has not let the client in. */
  async bootstrap(headers: ForwardedHeaders, address: string, calledOff: AbortSignal): Promise<Bootstrap> {
    if (this.config.apiUrl === '') return this.#refuse('no HERMES_ROOMS_API_URL');
    const url = new URL('bootstrap/', this.config.apiUrl).href;
    const deadline = AbortSignal.timeout(this.config.apiTimeout);
    const answer = await this.#bootstraps.ask({
      ...question('GET', url, headers),
      client: addressGroup(address),
      deadline,
      calledOff,
    });
    if (answer.kind === 'unasked' && answer.reason === 'busy') return this.#putOff();
    if (answer.kind !== 'answered') return this.#refuse(answer.kind);
    const bootstrap = readBootstrap(answer.status, answer.body);
    if (bootstrap.kind === 'refused') return this.#refuse(`status ${answer.status}`);
    this.stats.authorized++;
    return bootstrap;
  }

  /**
   * Posts to a hook; an empty path is none. Resolves when it is over, and never rejects. When many clients leave at once
   * their hooks wait for their turn, however long it takes: nobody waits for them.
   */
  notify(path: string, headers: ForwardedHeaders): Promise<void> {
    if (path === '') return Promise.resolve();
    const url = new URL(path, this.config.apiUrl).href;
    const running = this.#hooks
      .ask({ ...question('POST', url, headers), timeout: this.config.apiTimeout })
      .then((answer) => this.#notified(path, answer))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }

  #line(purpose: 'bootstrap' | 'hooks', concurrency: number, queue: number): BackEndLine {
    return new BackEndLine(this.http, {
      concurrency,
      queue,
      breakAfter: BREAK_AFTER,
      retryAfter: RETRY_AFTER,
      maxAnswer: MAX_ANSWER_BYTES,
      onOpened: () => this.#logger.warn('rooms.circuit.opened', { purpose }),
      onClosed: () => this.#logger.log('rooms.circuit.closed', { purpose }),
    });
  }

  #notified(path: string, answer: Answer): void {
    this.stats.hooks++;
    if (answer.kind === 'answered' && answer.status < 400) return;
    this.stats.hookFailures++;
    const reason = answer.kind === 'answered' ? `status ${answer.status}` : answer.kind;
    this.#logger.debug('rooms.hook.failed', { path, reason });
  }

  #putOff(): Bootstrap {
    this.stats.putOff++;
    this.#logger.debug('rooms.client.put-off', {});
    return { kind: 'unasked' };
  }

  #refuse(reason: string): Bootstrap {
    this.stats.refused++;
    this.#logger.debug('rooms.client.refused', { reason });
    return REFUSED;
  }
}

/** A header that the client did not send is not made up for it. */
function question(method: 'GET' | 'POST', url: string, headers: ForwardedHeaders): Question {
  return { method, url, headers: { accept: 'application/json', 'user-agent': false, ...headers } };
}
