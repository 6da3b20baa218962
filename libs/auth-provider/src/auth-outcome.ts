/**
 * What an AuthProvider found out. `code` is passed on to the client: use HTTP meanings, never 200. So is `body`, JSON text
 * that says why, in the dialects that have room for it (commands): put nothing into it that the client must not see.
 */
export type AuthOutcome =
  | {
      readonly kind: 'authorized';
      readonly userId: string;
      /** The role you vouch for; absent, empty or `any`: none. The role of the request is a claim and never counts by itself. */
      readonly role?: string | undefined;
      /** For how many seconds this holds; absent or -1: without end. */
      readonly ttl?: number | undefined;
    }
  | { readonly kind: 'rejected' | 'unavailable'; readonly code: number; readonly body?: string | undefined };

/** The client is this user. */
export function authorized(
  userId: string,
  granted: { readonly role?: string | undefined; readonly ttl?: number | undefined } = {},
): AuthOutcome {
  return { kind: 'authorized', userId, role: granted.role, ttl: granted.ttl };
}

/** The client is refused: 403, its token is not accepted; 401, Hermes itself is not accepted by whoever was asked. */
export function rejected(code = 403, body?: string): AuthOutcome {
  return { kind: 'rejected', code, body };
}

/** Nobody can say: whoever had to be asked did not answer, or not usefully. Trying again later may help. */
export function unavailable(code = 503, body?: string): AuthOutcome {
  return { kind: 'unavailable', code, body };
}
