import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { AuthService } from '../../auth/index.js';
import { SessionService } from '../../sessions/index.js';
import { Refusal, type AuthorizeCommand, type CommandCall } from '../websocket/index.js';

/**
 * Lets a client claim only a role that its origin may have, before anybody is asked. Like every failed authorize, a
 * claim that is refused leaves the session anonymous.
 */
@Injectable()
export class RoleGuard implements CanActivate {
  constructor(
    private readonly auth: AuthService,
    private readonly sessions: SessionService,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const { body, session } = context.switchToWs().getData<CommandCall>();
    const { origin, role } = body as Partial<AuthorizeCommand>;
    // Guards run before pipes: what is no string is left for the pipe to name.
    if (typeof origin !== 'string' || (role !== undefined && typeof role !== 'string')) return true;
    const claim = { sessionId: session.id, ip: session.client.ip, origin, role: role ?? '' };
    if (this.auth.permits(claim)) return true;
    this.sessions.identify(session, undefined);
    throw new Refusal(406, 'origin or role is not allowed');
  }
}
