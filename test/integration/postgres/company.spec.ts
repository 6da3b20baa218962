import { randomUUID } from 'node:crypto';
import { begun, creation } from '../../support/chat/index.js';
import { aStore, STORE_TIMEOUT, type OwnStore } from '../../support/chat/store.js';

/** Strangers share queries and transactions: what is wrong with one of them must not touch the others. */
describe('a store that is asked by many together', () => {
  let own: OwnStore;

  beforeAll(async () => {
    own = await aStore();
  }, STORE_TIMEOUT);
  afterAll(() => own.close());

  it.each(['evil\0', 'evil\ud800'])(
    'tells of the others when one of them is %j, who cannot be stored',
    async (evil) => {
      const { store } = own;
      const bob = `bob-${randomUUID()}`;
      const id = await begun(store, creation('ann', [bob]));

      expect(await store.memberships([bob, evil])).toMatchObject([{ channelId: id, userId: bob }]);
      expect(await store.joinedSince([evil, bob], 0)).toMatchObject([{ channelId: id, userId: bob }]);
      expect(await store.acquainted(bob, [evil, 'ann'])).toEqual(new Set(['ann']));
      expect(await store.memberships([evil])).toEqual([]);
    },
  );
});
