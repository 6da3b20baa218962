import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { isRecord } from '../../delivery/index.js';
import { Budget } from './budget.js';
import { fetchKeys, KeysUnavailable } from './fetch-keys.js';

/** All in milliseconds. */
export interface JwksTimes {
  /** A request for the keys is given up. */
  readonly timeout: number;
  /** Keys are taken without asking for newer ones. */
  readonly fresh: number;
  /** And for so much longer while newer ones cannot be had. */
  readonly stale: number;
  /** A token waits so long for newer keys when there are old ones to go by. */
  readonly patience: number;
  /** From the first wait after a failure to the longest; it doubles each time. */
  readonly backOff: readonly [number, number];
  /** The longest `Retry-After` that is heeded. */
  readonly retryAfter: number;
  /** Tokens whose key is unknown, which anybody can send, have the keys fetched again: so often at once, and once more each time. */
  readonly lookUps: { readonly burst: number; readonly every: number };
}

export const JWKS_TIMES: JwksTimes = {
  timeout: 5_000,
  fresh: 600_000,
  stale: 3_600_000,
  patience: 500,
  backOff: [1_000, 60_000],
  retryAfter: 300_000,
  lookUps: { burst: 5, every: 10_000 },
};

/** What is worth a line or a count: keys were had, could not be had, or are older than they should be. */
export type KeysEvent =
  | { readonly kind: 'fetched'; readonly recovered: boolean }
  | { readonly kind: 'failed'; readonly reason: string; readonly retryIn: number }
  | { readonly kind: 'stale'; readonly age: number };

interface Keys {
  readonly find: JWTVerifyGetKey;
  readonly fetchedAt: number;
}

/**
 * The keys behind one URL. They are fetched once for all who wait, and less and less often while that fails; meanwhile the last
 * good ones go on for a while. Each caller has a cache of its own: two issuers may use one key id for different keys.
 */
export class Jwks {
  #keys: Keys | undefined;
  #pending: Promise<Keys> | undefined;
  #failures = 0;
  /** Nobody is asked before. */
  #notBefore = 0;
  readonly #lookUps: Budget;

  constructor(
    private readonly url: string,
    private readonly report: (event: KeysEvent) => void,
    private readonly times: JwksTimes,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#lookUps = new Budget(times.lookUps);
  }

  /** The key of a token. @throws {KeysUnavailable} when nobody can say now; JOSEError when there is none */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const keys = await this.#current();
    try {
      return await keys.find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      return (await this.#newerThan(keys)).find(header, token);
    }
  };

  async #current(): Promise<Keys> {
    const keys = this.#keys;
    const age = keys === undefined ? Infinity : this.now() - keys.fetchedAt;
    const { fresh, stale, patience } = this.times;
    if (keys !== undefined && age < fresh) return keys;
    if (keys === undefined || age >= fresh + stale) return this.#refresh();
    const newer = await inTime(this.#refresh(), patience);
    if (newer === undefined) this.report({ kind: 'stale', age });
    return newer ?? keys;
  }

  /** The issuer may have begun to sign with a key that we have not seen. */
  async #newerThan(keys: Keys): Promise<Keys> {
    if (this.#keys !== undefined && this.#keys !== keys) return this.#keys;
    if (this.#pending === undefined && !this.#lookUps.spend(this.now())) throw new KeysUnavailable('asked too often');
    return this.#refresh();
  }

  async #refresh(): Promise<Keys> {
    if (this.#pending !== undefined) return this.#pending;
    if (this.now() < this.#notBefore) throw new KeysUnavailable('waiting to ask again');
    this.#pending = this.#fetch().finally(() => (this.#pending = undefined));
    return this.#pending;
  }

  async #fetch(): Promise<Keys> {
    try {
      const set = await fetchKeys(this.url, this.times.timeout);
      const recovered = this.#failures > 0;
      this.#keys = { find: localSet(set), fetchedAt: this.now() };
      this.#failures = 0;
      this.report({ kind: 'fetched', recovered });
      return this.#keys;
    } catch (error) {
      if (!(error instanceof KeysUnavailable)) throw error;
      const [least, most] = this.times.backOff;
      const backOff = Math.min(most, least * 2 ** this.#failures++);
      const retryIn = Math.max(backOff, Math.min(error.retryAfter, this.times.retryAfter));
      this.#notBefore = this.now() + retryIn;
      this.report({ kind: 'failed', reason: error.message, retryIn });
      throw error;
    }
  }
}

function localSet(set: unknown): JWTVerifyGetKey {
  // An issuer without a key has signed nothing: it is in trouble, and its last good keys go on.
  if (isRecord(set) && Array.isArray(set['keys']) && set['keys'].length === 0)
    throw new KeysUnavailable('keys is empty');
  try {
    return createLocalJWKSet(set as JSONWebKeySet);
  } catch {
    throw new KeysUnavailable('the body must be a JSON object with a list keys');
  }
}

/** @returns undefined when it fails, or is not there in time */
async function inTime<T>(work: Promise<T>, patience: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), patience);
  });
  return Promise.race([work.catch(() => undefined), tooLate]).finally(() => clearTimeout(timer));
}
