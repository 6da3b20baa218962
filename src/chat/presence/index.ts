export { PresenceAudience, type LocalMemberships } from './presence-audience.js';
export { presenceProviders } from './presence-providers.js';
export { PresenceService } from './presence.service.js';
