import { Injectable } from '@nestjs/common';
import { Secret } from '@hermes/auth-provider';
import { AuthService, type AuthVerdict } from '../../auth/index.js';
import { SessionService, type Session } from '../../sessions/index.js';
import type { AuthorizeCommand } from './authorize.command.js';

/** Carries out the `authorize` command of a session. */
@Injectable()
export class Authorizer {
  constructor(
    private readonly auth: AuthService,
    private readonly sessions: SessionService,
  ) {}

  /** Makes the session the user's whom the provider vouches for, or, on any failure, anonymous. Never rejects. */
  async authorize(session: Session, { token, origin, role }: AuthorizeCommand): Promise<AuthVerdict> {
    const verdict = await this.auth.authorize({
      sessionId: session.id,
      token: new Secret(token),
      origin,
      role: role ?? '',
      ...session.client,
    });
    if (verdict.kind === 'failed') this.sessions.identify(session, undefined);
    else this.sessions.identify(session, { userId: verdict.userId, role: verdict.role }, verdict.ttl);
    return verdict;
  }
}
