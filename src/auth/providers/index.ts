export { createAuthProvider, type BuiltInProvider } from './create-auth-provider.js';
export type { KeysEvent } from './jwks.js';
export { KeysLog } from './keys-log.js';
export type { ProviderConfig } from './provider-config.js';
export { readAuthProviders } from './read-auth-providers.js';
