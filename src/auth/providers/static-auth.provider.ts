import { AuthProvider, authorized, rejected, type AuthOutcome, type AuthRequest } from '@hermes/auth-provider';
import { digestOf, type StaticAuthConfig } from './static-auth.config.js';

/** A table of tokens, for development and tests. A user has the role that the table names, or none. */
export class StaticAuthProvider extends AuthProvider {
  constructor(private readonly config: StaticAuthConfig) {
    super();
  }

  async authenticate({ token, role }: AuthRequest): Promise<AuthOutcome> {
    const user = this.config.users.get(digestOf(token.reveal()));
    if (!user) return rejected(403);
    if (role !== '' && user.role !== undefined && user.role !== role) return rejected(403);
    return authorized(user.userId, { role: user.role, ttl: user.ttl });
  }
}
