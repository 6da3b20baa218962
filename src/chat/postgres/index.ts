export { PostgresChatStore } from './postgres.chat-store.js';
