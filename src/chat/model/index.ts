export { ChatConfig } from './chat.config.js';
export { ChatRefusal, noSuchChannel, type ChatRefusalCode } from './chat-refusal.js';
export type { ChatSignal, SignalKind, SignalOf } from './chat-signal.js';
export { ChatStore, ChatStoreUnavailable, type Membership, type Page } from './chat-store.js';
export type { Candidate, ChatOutcome, ChatWrite, Destination } from './chat-write.js';
export { channelOf, contentOf, positionOf, type Entry } from './entry.js';
export { EVERYTHING, initialPermissions } from './permissions.js';
