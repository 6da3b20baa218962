export { Backoff } from './backoff.js';
export { settled, within } from './deadline.js';
export { decodeMessage, type BrokerMessage, type DecodedMessage } from './event-decoder.js';
export { headersOf, type MessageHeaders } from './event-encoder.js';
export { EventSource, type SourceState } from './event-source.js';
export { Repairs } from './repairs.js';
export { SourceRegistry } from './source-registry.js';
export { SourcesModule } from './sources.module.js';
export { decodeTrigger, triggerEvents } from './trigger.js';
