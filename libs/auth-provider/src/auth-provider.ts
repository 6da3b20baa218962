import type { AuthOutcome } from './auth-outcome.js';
import type { AuthRequest } from './auth-request.js';

/**
 * Decides who a client is for one `origin`.
 *
 * **Called** once for each `authorize` command whose origin is yours and whose role the origin allows; never twice at a
 * time for one session, often at the same time for different ones.
 * **Guarantees** the token reaches you exactly as the client sent it and is never logged. The user id you return is
 * believed; so is the role, if the origin allows it.
 * **On failure** return `rejected` or `unavailable`; a thrown error is answered with 500 and counted as a bug. An answer
 * later than `HERMES_AUTH_TIMEOUT` is not read: the client has got 503 and `request.signal` has fired.
 * **Wiring** decorate the class with `@ForOrigin('admin')`, provide it in a Nest module, export that module as default
 * and name the package in `HERMES_AUTH_MODULES`.
 */
export abstract class AuthProvider {
  abstract authenticate(request: AuthRequest): Promise<AuthOutcome>;
}
