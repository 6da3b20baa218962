import { authorized, unavailable, type AuthOutcome } from '@hermes/auth-provider';
import { parseJson } from '../../delivery/index.js';

/** Reads the body of a 200: `{"userId", "ttl"?, "role"?}`. What cannot be relied on as a whole is 502. */
export function readHttpAuthAnswer(body: string): AuthOutcome {
  const answer = parseJson(body);
  if (typeof answer !== 'object' || answer === null) return unavailable(502);
  const { userId, role, ttl } = answer as Readonly<Record<string, unknown>>;
  const user = Number.isSafeInteger(userId) ? String(userId) : userId;
  if (typeof user !== 'string' || user.trim() === '') return unavailable(502);
  if (!isAbsent(role) && typeof role !== 'string') return unavailable(502);
  if (!isAbsent(ttl) && !Number.isFinite(ttl)) return unavailable(502);
  return authorized(user, { role: (role as string | null) ?? undefined, ttl: (ttl as number | null) ?? undefined });
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}
