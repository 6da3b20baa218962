export { aDataFolder, aStore, openStore, STORE_TIMEOUT, type OwnStore } from './store.js';
