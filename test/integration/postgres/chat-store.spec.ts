import { describeWithPostgres } from '../../support/index.js';
import { aStore, openStore, STORE_TIMEOUT } from '../../support/chat/index.js';
import { chatStoreContract } from './contract/index.js';

describeWithPostgres('PostgresChatStore on a server', (url) => {
  chatStoreContract(async (config) => {
    const { store, database } = await openStore({ url: url() }, config);
    return { store, close: () => database.close() };
  }, STORE_TIMEOUT);
});

describe('PostgresChatStore on a database in this process', () => {
  chatStoreContract((config) => aStore(config), STORE_TIMEOUT);
});
