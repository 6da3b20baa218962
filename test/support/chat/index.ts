export { aDataFolder, aStore, openStore, STORE_TIMEOUT, type OwnStore } from './store.js';
export { begun, candidate, creation, firstMessage, may, message, reading, said, seen, writeOne } from './writes.js';
export { persistently, positionIn } from './flood.js';
