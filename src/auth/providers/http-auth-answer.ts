import { authorized, type AuthOutcome } from '@hermes/auth-provider';
import { isRecord, parseJson } from '../../delivery/index.js';

/** What a 200 said, or a sentence that names what is wrong with it. */
export type HttpAuthAnswer =
  { readonly ok: true; readonly outcome: AuthOutcome } | { readonly ok: false; readonly fault: string };

/**
 * Reads the body of a 200: `{"userId", "ttl"?, "role"?}`.
 *
 * @param body undefined when its bytes are no text
 * @param silence the role that an answer without one stands for
 */
export function readHttpAuthAnswer(body: string | undefined, silence: string): HttpAuthAnswer {
  if (body === undefined) return unusable('the body must be UTF-8, whatever charset it declares');
  const answer = parseJson(body);
  if (!isRecord(answer)) return unusable('the body must be a JSON object');
  const { userId, role, ttl } = answer;
  const user = Number.isSafeInteger(userId) ? String(userId) : userId;
  if (typeof user !== 'string') return unusable('userId must be a text, or a whole number below 2^53');
  if (!isAbsent(role) && typeof role !== 'string') return unusable('role must be a text');
  if (!isAbsent(ttl) && typeof ttl !== 'number') return unusable('ttl must be a number of seconds');
  return { ok: true, outcome: authorized(user, { role: role ?? silence, ttl: ttl ?? undefined }) };
}

function unusable(fault: string): HttpAuthAnswer {
  return { ok: false, fault };
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}
