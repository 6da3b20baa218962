export { ChatBus } from './chat-bus.js';
export { CHAT_CHANNEL, ChatEvent, type ChatEventField } from './chat-event.js';
export { LocalChannels } from './local-channels.js';
export { Hints } from './hints.js';
export { LiveSessions } from './live-sessions.js';
export { PatientReader } from './patient-reader.js';
export { Replayer } from './replayer.js';
export { Sweep } from './sweep.js';
