import { channelsContract } from './channels.contract.js';
import { messagesContract } from './messages.contract.js';
import type { Opened, OpenStore } from './opened.js';
import { pagesContract } from './pages.contract.js';
import { permissionsContract } from './permissions.contract.js';

export type { Opened, OpenStore } from './opened.js';

/** What a store promises, wherever it keeps things. */
export function chatStoreContract(open: OpenStore, timeout: number): void {
  let opened: Opened;
  beforeAll(async () => {
    opened = await open();
  }, timeout);
  afterAll(() => opened.close());
  const the = () => opened.store;

  describe('a channel', () => channelsContract(the, open));
  describe('a message', () => messagesContract(the));
  describe('what is read of a log', () => pagesContract(the));
  describe('a member', () => permissionsContract(the));
}
