export { authorized, rejected, unavailable, type AuthOutcome } from './auth-outcome.js';
export { AuthProvider } from './auth-provider.js';
export type { AuthRequest } from './auth-request.js';
export { ForOrigin, originOf, type Origin } from './for-origin.decorator.js';
export { Secret } from './secret.js';
