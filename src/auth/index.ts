export { ApiConfig } from './api-key.config.js';
export { ApiKeyGuard } from './api-key.guard.js';
export { ApiKey } from './api-key.js';
export { AuthRegistry } from './auth-registry.js';
export type { AuthVerdict } from './auth-verdict.js';
export { AuthConfig } from './auth.config.js';
export { AuthModule } from './auth.module.js';
export { AuthService, type AuthAttempt, type AuthListener } from './auth.service.js';
export { loadAuthModules, type AuthExtension, type ModuleSource } from './load-auth-modules.js';
