import {
  AuthProvider,
  authorized,
  rejected,
  unavailable,
  type AuthOutcome,
  type AuthRequest,
} from '@hermes/auth-provider';
import {
  errors,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  type JWTVerifyResult,
} from 'jose';
import { KeysUnavailable } from './fetch-keys.js';
import { Jwks, JWKS_TIMES, type JwksTimes, type KeysEvent } from './jwks.js';
import { mediaTypeOf, type JwtAuthConfig } from './jwt-auth.config.js';

/** What an issuer signs to tell of something else: whoever got hold of one has no login. */
const NO_LOGINS = ['logout+jwt', 'secevent+jwt'];

/** Believes tokens that a trusted issuer has signed. The role of the user, too, is what the token says. */
export class JwtAuthProvider extends AuthProvider {
  readonly #keyOf: JWTVerifyGetKey;
  readonly #options: JWTVerifyOptions;

  constructor(
    private readonly config: JwtAuthConfig,
    report: (event: KeysEvent) => void = () => undefined,
    times: JwksTimes = JWKS_TIMES,
  ) {
    super();
    const { keys, algorithms, issuer, audience, clockTolerance, requireExp } = config;
    this.#keyOf = keys.kind === 'jwks' ? new Jwks(keys.url, report, times).find : async () => keys.key;
    this.#options = {
      algorithms: [...algorithms],
      clockTolerance: clockTolerance / 1_000,
      requiredClaims: requireExp ? ['exp'] : [],
      ...(issuer && { issuer: [...issuer] }),
      ...(audience && { audience: [...audience] }),
    };
  }

  async authenticate({ token, role, signal }: AuthRequest): Promise<AuthOutcome> {
    // The keys are fetched for everybody who waits for them, so one impatient caller leaves but does not end it.
    const gone = new Promise<AuthOutcome>((resolve) => {
      if (signal.aborted) resolve(unavailable(503));
      signal.addEventListener('abort', () => resolve(unavailable(503)), { once: true });
    });
    return Promise.race([gone, this.#check(token.reveal(), role)]);
  }

  async #check(token: string, role: string): Promise<AuthOutcome> {
    let claims: JWTPayload;
    try {
      claims = await this.#verify(token);
    } catch (error) {
      if (error instanceof KeysUnavailable) return unavailable(503);
      // A TypeError is how jose says that a key and the algorithm a token asks for do not go together.
      if (error instanceof errors.JOSEError || error instanceof TypeError) return rejected(403);
      throw error;
    }
    return this.#outcomeOf(claims, role);
  }

  async #verify(token: string): Promise<JWTPayload> {
    try {
      return this.#claimsOf(await jwtVerify(token, this.#keyOf, this.#options));
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      // The token does not say which of several keys it was signed with.
      for await (const key of error) {
        const verified = await jwtVerify(token, key, this.#options).catch(ignoreSignature);
        if (verified) return this.#claimsOf(verified);
      }
      throw new errors.JWSSignatureVerificationFailed();
    }
  }

  /** @throws {errors.JWTInvalid} for a token that was made for something else */
  #claimsOf({ payload, protectedHeader: { typ } }: JWTVerifyResult): JWTPayload {
    const type = typeof typ === 'string' ? mediaTypeOf(typ) : '';
    const { typ: wanted } = this.config;
    const fits = wanted === undefined ? !NO_LOGINS.includes(type) : wanted.includes(type);
    if (!fits) throw new errors.JWTInvalid('made for something else');
    return payload;
  }

  #outcomeOf(claims: JWTPayload, claimed: string): AuthOutcome {
    const userId = claimAt(claims, this.config.userIdClaim);
    const user = Number.isSafeInteger(userId) ? String(userId) : userId;
    if (typeof user !== 'string' || user.trim() === '') return rejected(403);
    const granted = claimAt(claims, this.config.roleClaim);
    if (claimed !== '' && ![granted].flat().includes(claimed)) return rejected(403);
    const role = claimed === '' && typeof granted === 'string' ? granted : claimed;
    return authorized(user, { role, ttl: this.#secondsLeft(claims) });
  }

  #secondsLeft({ exp }: JWTPayload): number | undefined {
    if (exp === undefined) return undefined;
    // One that ran out since it was verified has no time left, and not the -1 that means without end.
    return Math.max(0, Math.ceil(exp + this.config.clockTolerance / 1_000 - Date.now() / 1_000));
  }
}

/** A claim by its name, or by a path such as `realm_access.roles`. */
function claimAt(claims: JWTPayload, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name.split('.').reduce<unknown>((value, key) => {
    return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
      ? Reflect.get(value, key)
      : undefined;
  }, claims);
}

function ignoreSignature(error: unknown): undefined {
  if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
}
