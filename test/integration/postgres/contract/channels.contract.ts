import { randomUUID } from 'node:crypto';
import { noSuchChannel, type ChatStore, type ChatWrite } from '../../../../src/chat/model/index.js';
import {
  begun,
  candidate,
  creation,
  firstMessage,
  may,
  message,
  reading,
  said,
  seen,
  writeOne,
} from '../../../support/chat/writes.js';
import type { OpenStore } from './opened.js';

/** @param the of the suite, there once tests run */
export function channelsContract(the: () => ChatStore, open: OpenStore): void {
  it('is made once, however often its creator asks', async () => {
    const wish = creation('ann', ['bob', 'bob:r', 'ann:r', 'cid:m']);
    const [first, again, others] = await the().write([wish, wish, { ...wish, by: 'bob' }]);

    expect(first).toMatchObject({ kind: 'written', channelId: wish.channelId });
    expect(again).toEqual({ kind: 'written', channelId: wish.channelId, entries: [] });
    expect(others && said(others)).toBe('ALREADY_EXISTS');
    expect(await writeOne(the(), { ...wish, channelId: wish.channelId.toUpperCase() })).toEqual(again);
    expect(await seen(the(), wish.channelId, 'ann')).toMatchObject({
      type: 'GROUP',
      name: 'a group',
      creator: 'ann',
      createdAt: wish.at,
      position: 1,
      memberCount: 3,
      permissions: may('rwm'),
      members: [
        { userId: 'ann', permissions: may('rwm'), delivered: 0, read: 0 },
        { userId: 'bob', permissions: may('rw') },
        { userId: 'cid', permissions: may('m') },
      ],
    });
  });

  it('has no more members than it may', async () => {
    const small = await open({ maxMembers: 3 });
    const outcomes = await small.store.write([
      creation('ann', ['b', 'c', 'd']),
      creation('ann', ['b', 'c', 'b', 'ann']),
    ]);
    expect(outcomes.map(said)).toEqual(['FAILED_PRECONDITION', 'written']);
    const id = await begun(small.store, creation('ann', ['b']));
    const add = (...names: string[]): ChatWrite => ({
      kind: 'add',
      by: 'ann',
      at: 1,
      channelId: id,
      members: names.map(candidate),
    });
    const added = await small.store.write([add('c', 'd'), add('b', 'c'), add('b', 'c', 'ann'), add('d')]);

    expect(added.map(said)).toEqual(['FAILED_PRECONDITION', 'written', 'written', 'FAILED_PRECONDITION']);
    expect(added[1]).toMatchObject({ entries: [{ membership: { kind: 'ADDED', members: [{ userId: 'c' }] } }] });
    expect(added[2]).toMatchObject({ entries: [] });
    await small.close();
  });

  it('lets members go, come back and be given permissions, and writes it all down', async () => {
    const id = await begun(the(), creation('ann', ['bob', 'cid']));
    const remove = (by: string, userId: string): ChatWrite => ({ kind: 'remove', by, at: 7, channelId: id, userId });
    const permit = (by: string, userId: string, letters: string): ChatWrite => ({
      kind: 'permit',
      by,
      at: 7,
      channelId: id,
      userId,
      permissions: may(letters),
    });
    const outcomes = await the().write([
      permit('bob', 'cid', 'rwm'),
      permit('ann', 'eve', 'rwm'),
      permit('ann', 'ann', 'rw'),
      remove('ann', 'ann'),
      permit('ann', 'bob', 'rwm'),
      permit('ann', 'bob', 'rwm'),
      remove('ann', 'ann'),
      remove('bob', 'cid'),
      remove('bob', 'cid'),
      { kind: 'add', by: 'bob', at: 8, channelId: id, members: [candidate('cid:r'), candidate('bob:r')] },
    ]);

    expect(outcomes.map(said)).toEqual([
      'PERMISSION_DENIED',
      'NOT_FOUND',
      'FAILED_PRECONDITION',
      'FAILED_PRECONDITION',
      'written',
      'written',
      'written',
      'written',
      'written',
      'written',
    ]);
    const none = may('');
    expect((await the().entries(id, 1, 10)).items).toEqual(
      [
        { position: 2, kind: 'PERMISSIONS', by: 'ann', userId: 'bob', permissions: may('rwm'), at: 7 },
        { position: 3, kind: 'LEFT', by: 'ann', userId: 'ann', permissions: none, at: 7 },
        { position: 4, kind: 'REMOVED', by: 'bob', userId: 'cid', permissions: none, at: 7 },
        { position: 5, kind: 'ADDED', by: 'bob', userId: 'cid', permissions: may('r'), at: 8 },
      ].map(({ position, kind, by, at, userId, permissions }) => ({
        kind: 'membership',
        membership: {
          channelId: id,
          position,
          kind,
          by,
          at,
          members: [{ userId, permissions, delivered: 0, read: 0 }],
        },
      })),
    );
    expect(await seen(the(), id, 'bob')).toMatchObject({
      memberCount: 2,
      members: [{ userId: 'bob' }, { userId: 'cid' }],
    });
    expect(await the().channel(id, 'ann')).toBeUndefined();
    expect((await the().write([remove('bob', 'cid'), remove('bob', 'bob')])).map(said)).toEqual(['written', 'written']);
    expect(await the().memberships(['bob'])).not.toContainEqual(expect.objectContaining({ channelId: id }));
  });

  it('never changes its members when it is private', async () => {
    const [ann, bob] = [`ann-${randomUUID()}`, `bob-${randomUUID()}`];
    const wish = creation(ann, [`${bob}`], { type: 'PRIVATE', name: 'ignored' });
    const id = await begun(the(), wish);
    const outcomes = await the().write([
      { kind: 'add', by: ann, at: 1, channelId: id, members: [candidate('cid')] },
      { kind: 'remove', by: ann, at: 1, channelId: id, userId: bob },
      { kind: 'remove', by: ann, at: 1, channelId: id, userId: ann },
      { kind: 'permit', by: ann, at: 1, channelId: id, userId: bob, permissions: may('r') },
      creation(ann, [ann], { type: 'PRIVATE' }),
      message(ann, id),
      firstMessage(bob, ann),
    ]);

    expect(outcomes.map(said)).toEqual([
      ...Array(4).fill('FAILED_PRECONDITION'),
      'INVALID_ARGUMENT',
      'written',
      'written',
    ]);
    expect(await seen(the(), id, bob)).toMatchObject({ name: '', permissions: may('rw'), memberCount: 2, position: 3 });
  });

  it('is nothing to strangers, who cannot tell it from one that there is not', async () => {
    const id = await begun(the(), creation('ann', ['bob']));
    await writeOne(the(), message('ann', id));
    const asked = (channelId: string): ChatWrite[] => [
      message('eve', channelId),
      message('eve', channelId, { parent: 2 }),
      { kind: 'edit', by: 'eve', at: 1, channelId, position: 2, body: '', attachments: [] },
      { kind: 'delete', by: 'eve', at: 1, channelId, position: 2 },
      { kind: 'add', by: 'eve', at: 1, channelId, members: [candidate('eve')] },
      { kind: 'remove', by: 'eve', at: 1, channelId, userId: 'ann' },
      { kind: 'remove', by: 'eve', at: 1, channelId, userId: 'eve' },
      { kind: 'permit', by: 'eve', at: 1, channelId, userId: 'eve', permissions: may('rwm') },
      reading('eve', channelId, 2),
    ];
    const outcomes = await the().write([...asked(id), ...asked(randomUUID()), ...asked('no uuid')]);

    expect(outcomes).toEqual(outcomes.map(() => ({ kind: 'refused', refusal: noSuchChannel() })));
    for (const channelId of [id, randomUUID(), 'no uuid']) {
      expect(await the().channel(channelId, 'eve')).toBeUndefined();
      expect(await the().membership(channelId, 'eve')).toBeUndefined();
    }
    expect(await the().entries('no uuid', 0, 1)).toEqual({ items: [], more: false });
    expect(await the().head('no uuid')).toBe(0);
    expect(await the().messages('no uuid', { after: 0 }, 1)).toEqual({ items: [], more: false });
  });

  it('is listed by its newest entry, page after page', async () => {
    const ann = `ann-${randomUUID()}`;
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) ids.push(await begun(the(), creation(ann, ['bob'])));
    await writeOne(the(), message('bob', ids[1] as string));
    const pages: string[][] = [];
    let token: string | undefined;
    do {
      const { items, next } = await the().channels(ann, 2, token);
      pages.push(items.map(({ id }) => id));
      token = next;
    } while (token !== undefined);

    expect(pages).toEqual([[ids[1], ids[4]], [ids[3], ids[2]], [ids[0]]]);
    const { items } = await the().channels(ann, 1, undefined);
    expect(items[0]).toMatchObject({ unread: 1, memberCount: 2, members: [] });
  });

  it.each(['x', 'MTIz', '', '\0'])('has no page %j', async (token) => {
    await expect(the().channels('ann', 2, token)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('page_token'),
    });
  });

  it('tells who belongs to it, what has grown and who has come', async () => {
    const [ann, bob, cid] = ['ann', 'bob', 'cid'].map((name) => `${name}-${randomUUID()}`) as [string, string, string];
    const { now } = await the().grownSince(0);
    const id = await begun(the(), creation(ann, [`${bob}:r`]));
    const group = await begun(the(), creation(ann, [], { type: 'BROADCAST' }));
    await the().write([message(ann, id), { ...reading(bob, id, 2), mark: 'DELIVERED' }]);
    const bobs = { channelId: id, userId: bob, permissions: may('r'), type: 'GROUP', head: 2, delivered: 2, since: 1 };

    expect(await the().membership(id, bob)).toEqual(bobs);
    expect(await the().memberships([bob, cid])).toEqual([bobs]);
    expect((await the().memberships([ann, bob])).map(({ channelId }) => channelId).sort()).toEqual(
      [id, id, group].sort(),
    );
    expect(await the().memberships([])).toEqual([]);
    const grown = await the().grownSince(now);
    expect(grown.now).toBeGreaterThanOrEqual(now);
    expect([grown.heads.get(id), grown.heads.get(group)]).toEqual([2, 1]);
    expect((await the().grownSince(grown.now + 60_000)).heads).toEqual(new Map());
    expect(await the().joinedSince([bob, cid], now)).toEqual([bobs]);
    expect(await the().joinedSince([bob, cid], now + 60_000)).toEqual([]);
    expect(await the().acquainted(ann, [ann, bob, cid])).toEqual(new Set([ann, bob]));
    expect(await the().acquainted(cid, [ann, bob])).toEqual(new Set());
  });
}
