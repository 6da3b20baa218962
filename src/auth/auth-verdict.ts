import type { AuthOutcome } from '@hermes/auth-provider';
import { parseJson, roleFilter } from '../delivery/index.js';
import { faultOfName, faultOfUserId } from './answers/index.js';

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
      /** What was wrong with the answer, by field; absent when the provider did refuse. */
      readonly fault?: string;
    };

const FOREVER = -1;
/** Characters of a refusal's reason. */
const MAX_BODY = 64 * 1024;

/**
 * Judges what a provider answered. It may be another team's JavaScript, so its types are promises, not facts. The role is the
 * one that it names, and no other: what the client claims is nobody's judgement.
 *
 * @param allows whether the origin may have a role
 * @param maxAge seconds after which the identity ends at the latest
 */
export function verdictOf(outcome: AuthOutcome, allows: (role: string) => boolean, maxAge = Infinity): AuthVerdict {
  switch (outcome?.kind) {
    case 'authorized':
      return identify(outcome, allows, maxAge);
    case 'rejected':
    case 'unavailable':
      return isFailureCode(outcome.code)
        ? failed(outcome.code, jsonOf(outcome.body))
        : unusable('code must be a status');
    default:
      return unusable('kind must be authorized, rejected or unavailable');
  }
}

export function failed(code: number, body?: string): AuthVerdict {
  return { kind: 'failed', code, body };
}

/** @param fault names the field, and no value: that may be anybody's secret */
function unusable(fault: string): AuthVerdict {
  return { kind: 'failed', code: 502, body: undefined, fault };
}

function identify(
  { userId, role = '', ttl = FOREVER }: AuthOutcome & { kind: 'authorized' },
  allows: (role: string) => boolean,
  maxAge: number,
): AuthVerdict {
  const faultOfUser = faultOfUserId(userId);
  if (faultOfUser !== undefined) return unusable(`userId ${faultOfUser}`);
  const faultOfRole = faultOfName(role);
  if (faultOfRole !== undefined) return unusable(`role ${faultOfRole}`);
  if (typeof ttl !== 'number' || !Number.isFinite(ttl)) return unusable('ttl must be a number of seconds');
  if (!allows(role)) return failed(406);
  if (ttl <= 0 && ttl !== FOREVER) return failed(401);
  const holds = Math.min(ttl === FOREVER ? Infinity : ttl, maxAge);
  return { kind: 'authorized', userId, role: roleFilter(role), ttl: holds === Infinity ? undefined : holds };
}

function isFailureCode(code: unknown): code is number {
  return Number.isInteger(code) && code !== 200 && (code as number) >= 100 && (code as number) <= 599;
}

function jsonOf(body: unknown): string | undefined {
  return typeof body === 'string' && body.length <= MAX_BODY && parseJson(body) !== undefined ? body : undefined;
}
