import type { AuthOutcome, AuthProvider, AuthRequest } from '@hermes/auth-provider';
import { Injectable, Logger } from '@nestjs/common';
import { roleFilter } from '../delivery/index.js';
import { addressGroup } from '../addresses/index.js';
import { LineLimiter, UnusableAnswers } from './answers/index.js';
import { AuthRegistry } from './auth-registry.js';
import { failed, verdictOf, type AuthVerdict } from './auth-verdict.js';
import { AuthConfig } from './auth.config.js';
import { crashReport } from './crash-report.js';

/** What a client said in its `authorize` command, and who it is as far as the connection shows. */
export type AuthAttempt = Omit<AuthRequest, 'signal'>;

/** What it claims to be, and where from. */
export type AuthClaim = Pick<AuthRequest, 'sessionId' | 'ip' | 'origin' | 'role'>;

/** Told of every verdict. It only listens: nothing it does changes one. */
export interface AuthListener {
  /** `origin` is a configured one or `unknown`, whatever the client sent, so that it can be a metric label. */
  answered(origin: string, code: number, seconds: number): void;
  /** The provider threw; `answered` follows with 500. */
  crashed?(origin: string): void;
  /** The keys of the origin's issuer were `fetched`, could not be (`failed`), or a token was judged by old ones (`stale`). */
  keysLookedUp?(origin: string, outcome: 'fetched' | 'failed' | 'stale'): void;
}

const UNKNOWN_ORIGIN = 'unknown';

/** Decides who a client is, by asking the provider of the origin it names. Never rejects. */
@Injectable()
export class AuthService {
  readonly #logger = new Logger(AuthService.name);
  readonly #listeners: AuthListener[] = [];
  readonly #refusals = new LineLimiter();
  readonly #unconfirmed = new LineLimiter();
  readonly #unusable = new UnusableAnswers();

  constructor(
    private readonly registry: AuthRegistry,
    private readonly config: AuthConfig,
  ) {}

  listen(listener: AuthListener): void {
    this.#listeners.push(listener);
  }

  /** Warns where nobody answers for an origin that a feature relies on. @param setting where that origin is named */
  relyOn(origin: string, setting: string): void {
    const { origins } = this.registry;
    if (!origins.includes(origin)) {
      this.#logger.warn('auth.origin.unanswered', { setting, origin, origins: origins.join(',') });
    }
  }

  /** Whether the origin may have the role at all. A claim that it may not is answered with 406 without asking anybody. */
  permits(claim: AuthClaim): boolean {
    const allowed = this.registry.allows(claim.origin, claim.role);
    if (!allowed) this.#report(claim, 406, 0);
    return allowed;
  }

  /** Tells the listeners. */
  keysLookedUp(origin: string, outcome: 'fetched' | 'failed' | 'stale'): void {
    for (const listener of this.#listeners) listener.keysLookedUp?.(origin, outcome);
  }

  async authorize(attempt: AuthAttempt): Promise<AuthVerdict> {
    const started = performance.now();
    const provider = this.registry.find(attempt.origin);
    if (!this.permits(attempt) || !provider) return failed(406);
    const verdict = await this.#ask(provider, attempt);
    if (verdict.kind === 'authorized') this.#noteRole(attempt, verdict.role);
    const code = verdict.kind === 'authorized' ? 200 : verdict.code;
    this.#report(attempt, code, (performance.now() - started) / 1_000);
    return verdict;
  }

  /** A client that is told of success and misses what is for its role would look for the reason in vain. */
  #noteRole({ origin, role: claimed }: AuthClaim, role: string | undefined): void {
    if (roleFilter(claimed) === undefined || roleFilter(claimed) === role) return;
    const unlogged = this.#unconfirmed.admit(origin);
    if (unlogged !== undefined) this.#logger.log('auth.role.unconfirmed', { origin, unlogged });
  }

  #report({ origin: claimed, ip, sessionId }: AuthClaim, code: number, seconds: number): void {
    const origin = this.registry.find(claimed) ? claimed : UNKNOWN_ORIGIN;
    const unlogged = code === 200 ? undefined : this.#refusals.admit(addressGroup(ip));
    if (unlogged !== undefined)
      this.#logger.warn('auth.refused', { origin, code, address: ip, session: sessionId, unlogged });
    for (const listener of this.#listeners) listener.answered(origin, code, seconds);
  }

  async #ask(provider: AuthProvider, attempt: AuthAttempt): Promise<AuthVerdict> {
    const { origin } = attempt;
    const role = roleFilter(attempt.role) ?? '';
    try {
      const outcome = await this.#withinTimeout((signal) => provider.authenticate({ ...attempt, role, signal }));
      const verdict = verdictOf(
        outcome,
        (answered) => this.registry.allows(origin, answered),
        this.registry.maxAge(origin),
      );
      if (verdict.kind === 'failed' && verdict.fault !== undefined) this.#unusable.report(origin, verdict.fault);
      return verdict;
    } catch (error) {
      this.#logger.error('auth.provider.crashed', { origin, ...crashReport(error) });
      for (const listener of this.#listeners) listener.crashed?.(origin);
      return failed(500);
    }
  }

  async #withinTimeout(ask: (signal: AbortSignal) => Promise<AuthOutcome>): Promise<AuthOutcome> {
    const waiting = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const tooSlow = new Promise<AuthOutcome>((resolve) => {
      timer = setTimeout(() => {
        // In this order: a provider that throws because the signal fired is slow, not broken.
        resolve({ kind: 'unavailable', code: 503 });
        waiting.abort();
      }, this.config.timeout);
    });
    try {
      return await Promise.race([tooSlow, ask(waiting.signal)]);
    } finally {
      clearTimeout(timer);
    }
  }
}
