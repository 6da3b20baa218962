import type { AuthOutcome } from '@hermes/auth-provider';
import { isStorable, parseJson, roleFilter } from '../delivery/index.js';

/** What becomes of one `authorize` command. */
export type AuthVerdict =
  | {
      readonly kind: 'authorized';
      readonly userId: string;
      /** The verified role; undefined when nobody vouched for one. */
      readonly role: string | undefined;
      /** Seconds until the session is anonymous again; undefined when that never happens. */
      readonly ttl: number | undefined;
    }
  | {
      readonly kind: 'failed';
      readonly code: number;
      /** JSON text in which the provider says why; undefined when it said nothing that can be passed on. */
      readonly body: string | undefined;
    };

const FOREVER = -1;
/** Characters of a refusal's reason. */
const MAX_BODY = 64 * 1024;

/**
 * Judges what a provider answered. It may be another team's JavaScript, so its types are promises, not facts.
 *
 * @param allows whether the origin may have a role
 */
export function verdictOf(outcome: AuthOutcome, claimed: string, allows: (role: string) => boolean): AuthVerdict {
  switch (outcome?.kind) {
    case 'authorized':
      return identify(outcome, claimed, allows);
    case 'rejected':
    case 'unavailable':
      return isFailureCode(outcome.code) ? failed(outcome.code, jsonOf(outcome.body)) : failed(502);
    default:
      return failed(502);
  }
}

export function failed(code: number, body?: string): AuthVerdict {
  return { kind: 'failed', code, body };
}

function identify(
  { userId, role: answered, ttl = FOREVER }: AuthOutcome & { kind: 'authorized' },
  claimed: string,
  allows: (role: string) => boolean,
): AuthVerdict {
  // It was asked about the claimed role and did not object.
  const role = answered === undefined ? claimed : answered;
  // What is kept of users is looked up for many of them together: one id that no store takes would fail for all.
  if (typeof userId !== 'string' || userId.trim() === '' || !isStorable(userId)) return failed(502);
  if (typeof role !== 'string' || typeof ttl !== 'number' || !Number.isFinite(ttl)) return failed(502);
  if (!allows(role)) return failed(406);
  if (ttl <= 0 && ttl !== FOREVER) return failed(401);
  return { kind: 'authorized', userId, role: roleFilter(role), ttl: ttl === FOREVER ? undefined : ttl };
}

function isFailureCode(code: unknown): code is number {
  return Number.isInteger(code) && code !== 200 && (code as number) >= 100 && (code as number) <= 599;
}

function jsonOf(body: unknown): string | undefined {
  return typeof body === 'string' && body.length <= MAX_BODY && parseJson(body) !== undefined ? body : undefined;
}
