import { randomUUID } from 'node:crypto';
import type { WriteOf } from '../../../src/chat/model/index.js';
import { begun, creation, said, seen } from '../../support/chat/index.js';
import { aStore, STORE_TIMEOUT, type OwnStore } from '../../support/chat/store.js';

type Wish = WriteOf<'create'>;

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

  // Which of two channels with one id is stored hangs on the id: low and high ones come before and behind every pair.
  describe.each(['00000000', 'ffffffff'])('asked for two channels with one id, %s…,', (start) => {
    it.each<[string, Wish, Wish]>([
      ['a group and a private one', creation('ann', ['bob', 'cid']), pairing('ann', 'bob')],
      ['a group and a private one of somebody else', creation('cid', ['ann', 'bob']), pairing('bob', 'cid')],
      ['two private ones', pairing('ann', 'bob'), pairing('ann', 'cid')],
      ['two private ones, each by somebody else', pairing('cid', 'ann'), pairing('ann', 'bob')],
    ])('makes one as it was asked for and refuses the other: %s', async (_, one, other) => {
      const { store } = own;
      for (const order of [
        [one, other],
        [other, one],
      ]) {
        const channelId = `${start}${randomUUID().slice(8)}`;
        const wishes = order.map((wish) => among(channelId, { ...wish, channelId }));
        const outcomes = (await store.write(wishes)).map(said);
        const made = wishes[outcomes.indexOf('written')] as Wish;

        expect(outcomes.toSorted()).toEqual(['ALREADY_EXISTS', 'written']);
        const { type, members } = await seen(store, channelId, made.by);
        expect([type, members.map(({ userId }) => userId)]).toEqual([made.type, namesIn(made)]);
      }
    });
  });
});

function pairing(by: string, other: string): Wish {
  return creation(by, [other], { type: 'PRIVATE' });
}

/** The same of users of the same names, whom nobody else knows. */
function among(town: string, wish: Wish): Wish {
  const members = wish.members.map(({ userId, permissions }) => ({ userId: `${userId} of ${town}`, permissions }));
  return { ...wish, by: `${wish.by} of ${town}`, members };
}

function namesIn({ by, members }: Wish): readonly string[] {
  return [by, ...members.map(({ userId }) => userId)];
}
