import { HttpService } from '@nestjs/axios';
import { Injectable, Logger } from '@nestjs/common';
import { BackEndLine, type Answer } from './back-end-line.js';
import { readBootstrap, REFUSED, type Bootstrap } from './bootstrap.js';
import type { ForwardedHeaders } from './forwarded-headers.js';
import { RoomsConfig } from './rooms.config.js';

/** Clients that wait for their turn to be asked about; the next ones are refused and come back. */
const WAITING_CLIENTS = 4_096;
/** Hooks are a courtesy: they get few connections, and what does not fit is dropped. */
const HOOKS_AT_A_TIME = 8;
const WAITING_HOOKS = 10_000;

/** The back end behind the rooms: it says who may enter what, and is told who comes and goes. */
@Injectable()
export class RoomsApi {
  readonly stats = { authorized: 0, refused: 0, hooks: 0, hookFailures: 0 };
  readonly #logger = new Logger(RoomsApi.name);
  readonly #bootstraps: BackEndLine;
  readonly #hooks: BackEndLine;
  readonly #running = new Set<Promise<void>>();

  constructor(
    http: HttpService,
    private readonly config: RoomsConfig,
  ) {
    const { apiTimeout: timeout, apiConcurrency: concurrency } = config;
    this.#bootstraps = new BackEndLine(http, { purpose: 'bootstrap', concurrency, queue: WAITING_CLIENTS, timeout });
    const bounds = { concurrency: HOOKS_AT_A_TIME, queue: WAITING_HOOKS, timeout };
    this.#hooks = new BackEndLine(http, { purpose: 'hooks', ...bounds });
  }

  /** Waits for the hooks that are under way, no longer than one may take. */
  async close(): Promise<void> {
    await Promise.all(this.#running);
    this.#bootstraps.close();
    this.#hooks.close();
  }

  /** Never rejects: a back end that hangs, fails or talks nonsense has not let the client in. */
  async bootstrap(headers: ForwardedHeaders, signal: AbortSignal): Promise<Bootstrap> {
    if (this.config.apiUrl === '') return this.#refuse('no HERMES_ROOMS_API_URL');
    const url = new URL('bootstrap/', this.config.apiUrl).href;
    const answer = await this.#bootstraps.ask({ method: 'GET', url, headers, signal });
    if (answer.kind !== 'answered') return this.#refuse(answer.kind);
    const bootstrap = readBootstrap(answer.status, answer.body);
    if (bootstrap.kind === 'refused') return this.#refuse(`status ${answer.status}`);
    this.stats.authorized++;
    return bootstrap;
  }

  /** Posts to a hook; an empty path is none. Resolves when it is over, and never rejects. */
  notify(path: string, headers: ForwardedHeaders): Promise<void> {
    if (path === '') return Promise.resolve();
    const url = new URL(path, this.config.apiUrl).href;
    const running = this.#hooks
      .ask({ method: 'POST', url, headers })
      .then((answer) => this.#notified(path, answer))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }

  #notified(path: string, answer: Answer): void {
    this.stats.hooks++;
    if (answer.kind === 'answered' && answer.status < 400) return;
    this.stats.hookFailures++;
    const reason = answer.kind === 'answered' ? `status ${answer.status}` : answer.kind;
    this.#logger.debug('rooms.hook.failed', { path, reason });
  }

  #refuse(reason: string): Bootstrap {
    this.stats.refused++;
    this.#logger.debug('rooms.client.refused', { reason });
    return REFUSED;
  }
}
