import { authorized, rejected, unavailable, type AuthOutcome } from '../auth-outcome.js';
import { AuthProvider } from '../auth-provider.js';
import type { AuthRequest } from '../auth-request.js';
import { describeAuthProvider } from './auth-provider-contract.js';

/** The smallest provider that keeps the contract, asynchronous so that the signal has something to interrupt. */
class OnePassword extends AuthProvider {
  async authenticate({ token, signal }: AuthRequest): Promise<AuthOutcome> {
    await new Promise((resolve) => setImmediate(resolve));
    if (signal.aborted) return unavailable();
    return token.reveal() === 'sesame' ? authorized('ali', { role: 'reader', ttl: 60 }) : rejected();
  }
}

describeAuthProvider('one password', {
  create: () => new OnePassword(),
  accepted: { token: 'sesame', role: 'reader' },
  refused: { token: 'barley' },
});
