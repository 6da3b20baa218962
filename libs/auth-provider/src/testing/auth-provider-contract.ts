import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import type { AuthOutcome } from '../auth-outcome.js';
import type { AuthProvider } from '../auth-provider.js';
import type { AuthRequest } from '../auth-request.js';
import { Secret } from '../secret.js';
import { HOSTILE_TOKENS } from './hostile-tokens.js';

export interface Credentials {
  readonly token: string;
  readonly role?: string;
  readonly origin?: string;
}

export interface AuthProviderContract<T extends AuthProvider = AuthProvider> {
  /** A fresh provider for each test. */
  create(): T | Promise<T>;
  /** Closes what `create` opened. */
  dispose?(provider: T): void | Promise<void>;
  /** Somebody your provider knows. */
  readonly accepted: Credentials;
  /** Somebody it must turn away. */
  readonly refused: Credentials;
  /** How long an answer may take, in milliseconds, once the signal has fired too; 1000 when absent. */
  readonly patience?: number;
}

/**
 * The contract of an AuthProvider as tests. Needs the globals of jest: `describe`, `it`, `expect`, `beforeEach`,
 * `afterEach`.
 */
export function describeAuthProvider<T extends AuthProvider>(name: string, contract: AuthProviderContract<T>): void {
  describe(`${name} keeps the contract of an AuthProvider: it`, () => {
    let provider: T;
    const ask = (who: Credentials, signal?: AbortSignal) =>
      inTime(provider.authenticate(aRequest(who, signal)), contract.patience ?? 1_000);

    beforeEach(async () => {
      provider = await contract.create();
    });
    afterEach(async () => contract.dispose?.(provider));

    answersTests(ask, contract);
    secrecyTests(ask);
    signalTests(ask, contract);
  });
}

type Ask = (who: Credentials, signal?: AbortSignal) => Promise<AuthOutcome>;

function answersTests(ask: Ask, { accepted, refused }: AuthProviderContract): void {
  it('authorizes a good token', async () => {
    const outcome = await ask(accepted);
    expectWellFormed(outcome);
    expect(outcome.kind).toBe('authorized');
  });

  it('names the role that it confirms, since silence confirms none', async () => {
    if (accepted.role !== undefined) expect(await ask(accepted)).toMatchObject({ role: accepted.role });
  });

  it('refuses a bad token', async () => {
    const outcome = await ask(refused);
    expectWellFormed(outcome);
    expect(outcome.kind).toBe('rejected');
  });

  it('answers the same question the same way', async () => {
    const first = await ask(accepted);
    await ask(refused);
    expect(identityOf(await ask(accepted))).toEqual(identityOf(first));
  });

  it('keeps concurrent calls apart', async () => {
    const expected = identityOf(await ask(accepted));
    const askers = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? accepted : refused));
    const outcomes = await Promise.all(askers.map((who) => ask(who)));
    outcomes.forEach((outcome, index) => {
      if (askers[index] === accepted) expect(identityOf(outcome)).toEqual(expected);
      else expect(outcome.kind).not.toBe('authorized');
    });
  });
}

function secrecyTests(ask: Ask): void {
  it('keeps the token out of what it returns and throws', async () => {
    const token = `token-${randomUUID()}`;
    const result = await ask({ token }).catch((error: unknown) => error);
    expect(inspect(result, { depth: 10, showHidden: true })).not.toContain(token);
    expect(JSON.stringify(result)).not.toContain(token);
  });

  it.each(HOSTILE_TOKENS)('turns away $name without throwing', async ({ token }) => {
    const outcome = await ask({ token });
    expectWellFormed(outcome);
    expect(outcome.kind).not.toBe('authorized');
  });
}

function signalTests(ask: Ask, { accepted }: AuthProviderContract): void {
  it('comes back soon once the signal has fired, and does not throw', async () => {
    const waiting = new AbortController();
    const answer = ask(accepted, waiting.signal);
    waiting.abort();
    expectWellFormed(await answer);
  });

  it('comes back soon when the signal had fired before the call', async () => {
    expectWellFormed(await ask(accepted, AbortSignal.abort()));
  });
}

function aRequest({ token, role = '', origin = 'contract' }: Credentials, signal?: AbortSignal): AuthRequest {
  return {
    sessionId: randomUUID(),
    token: new Secret(token),
    userAgent: 'contract test',
    ip: '192.0.2.1',
    origin,
    role,
    signal: signal ?? new AbortController().signal,
  };
}

function expectWellFormed(outcome: AuthOutcome): void {
  if (outcome.kind !== 'authorized') {
    expect(['rejected', 'unavailable']).toContain(outcome.kind);
    expect(Number.isInteger(outcome.code) && outcome.code >= 100 && outcome.code <= 599).toBe(true);
    expect(outcome.code).not.toBe(200);
    return;
  }
  expect(typeof outcome.userId).toBe('string');
  expect(outcome.userId.trim()).not.toBe('');
  expectName(outcome.userId);
  expect(['string', 'undefined']).toContain(typeof outcome.role);
  expectName(outcome.role ?? '');
  const { ttl = -1 } = outcome;
  expect(ttl === -1 || (Number.isFinite(ttl) && ttl > 0)).toBe(true);
}

/** Names that Hermes could not keep apart from others on their way over brokers and stores are answered with 502. */
function expectName(name: string): void {
  expect(name).not.toMatch(/[\0\p{Surrogate}\uFFFD]/u);
  expect(name.length).toBeLessThanOrEqual(256);
}

/** Who somebody is; `ttl` is left out because it shrinks from call to call. */
function identityOf(outcome: AuthOutcome): object {
  return outcome.kind === 'authorized' ? { userId: outcome.userId, role: outcome.role } : outcome;
}

async function inTime<T>(answer: Promise<T>, patience: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`the provider did not answer within ${patience} ms`)), patience);
  });
  return Promise.race([answer, tooLate]).finally(() => clearTimeout(timer));
}
