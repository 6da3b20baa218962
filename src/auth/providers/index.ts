export { createAuthProvider, type BuiltInProvider } from './create-auth-provider.js';
export type { ProviderConfig } from './provider-config.js';
export { readAuthProviders } from './read-auth-providers.js';
