import { ChatStoreUnavailable, EVERYTHING, type ChatStore, type Membership } from '../model/index.js';
import { PresenceAudience } from './presence-audience.js';

function aMembership(userId: string, channelId: string, type: Membership['type']): Membership {
  return { userId, channelId, type, permissions: EVERYTHING, head: 1, delivered: 0 } as Membership;
}

/** u1 and u2 are here; the memberships of u2 are never loaded. */
function anAudience(memberships: readonly Membership[] | Error, here = new Set(['u1', 'u2'])) {
  const asked: string[][] = [];
  const store = {
    memberships: (userIds: string[]) => {
      asked.push(userIds);
      return memberships instanceof Error ? Promise.reject(memberships) : Promise.resolve(memberships);
    },
  } as unknown as ChatStore;
  const local = {
    known: (userId: string) => (userId === 'u2' ? new Promise<void>(() => undefined) : Promise.resolve()),
    channelsOf: (userId: string) => [`group of ${userId}`],
  };
  return { audience: new PresenceAudience(local, store, (userId) => here.has(userId)), asked };
}

describe('PresenceAudience', () => {
  it('asks this node about users who are here, the store about all others at once', async () => {
    const { audience, asked } = anAudience([aMembership('u8', 'c8', 'PRIVATE'), aMembership('u9', 'c9', 'GROUP')]);

    const channels = await audience.channelsOf(['u1', 'u8', 'u9']);

    expect(Object.fromEntries(channels)).toEqual({ u1: ['group of u1'], u8: ['c8'], u9: ['c9'] });
    expect(asked).toEqual([['u8', 'u9']]);
  });

  it('leaves out broadcasts: their readers do not know each other', async () => {
    const { audience } = anAudience([aMembership('u8', 'c1', 'BROADCAST')]);

    expect([...(await audience.channelsOf(['u8']))]).toEqual([['u8', []]]);
  });

  it('leaves out users whose memberships do not come, and does not wait for them for ever', async () => {
    const { audience } = anAudience([]);

    expect([...(await audience.channelsOf(['u1', 'u2'])).keys()]).toEqual(['u1']);
  });

  it('leaves out a user who goes while his memberships are being loaded', async () => {
    const here = new Set(['u1']);
    const { audience } = anAudience([], here);
    const answer = audience.channelsOf(['u1']);
    here.clear();

    expect([...(await answer)]).toEqual([]);
  });

  it('fails when the store does', async () => {
    const { audience } = anAudience(new ChatStoreUnavailable('away'));

    await expect(audience.channelsOf(['u9'])).rejects.toThrow('away');
  });
});
