import { randomUUID } from 'node:crypto';
import type { ChatStore, ChatWrite } from '../../../../src/chat/model/index.js';
import {
  begun,
  creation,
  firstMessage,
  may,
  message,
  reading,
  said,
  seen,
  writeOne,
} from '../../../support/chat/writes.js';

/** @param the of the suite, there once tests run */
export function messagesContract(the: () => ChatStore): void {
  const send = (by: string, id: string, more = {}) => writeOne(the(), message(by, id, more));
  const bodies = async (id: string): Promise<unknown[]> =>
    (await the().messages(id, { after: 0 }, 1_000)).items.map(({ position, body }) => [position, body]);

  it('gives positions without gaps, in a batch and after it, and says what it stored', async () => {
    const id = await begun(the(), creation('ann', ['bob']));
    const sent = await the().write([message('bob', id, { id: 'one' }), message('ann', id), message('bob', id)]);
    const last = await send('ann', id);

    expect([...sent, last].map(said)).toEqual(Array(4).fill('written'));
    expect(sent[0]).toEqual({
      kind: 'written',
      channelId: id,
      entries: [
        {
          kind: 'message',
          message: {
            channelId: id,
            position: 2,
            id: 'one',
            sender: 'bob',
            body: 'hello',
            parent: 0,
            attachments: [],
            sentAt: expect.any(Number),
            editedAt: 0,
            deletedAt: 0,
          },
        },
      ],
    });
    const { items: entries } = await the().entries(id, 0, 100);
    expect(entries.map(({ kind }) => kind)).toEqual(['membership', 'message', 'message', 'message', 'message']);
    expect(entries[1]).toEqual(sent[0]?.kind === 'written' && sent[0].entries[0]);
    expect(await the().head(id)).toBe(entries.length);
    expect(await the().entries(id, 2, 1)).toEqual({ items: [entries[2]], more: true });
  });

  it('knows a message that is sent again, in the same batch, later, and from whom', async () => {
    const id = await begun(the(), creation('ann', ['bob']));
    const first = message('bob', id, { id: 'same', attachments: [{ url: 'u', type: 't', name: 'n', size: 1 }] });
    const [one, two, other] = await the().write([first, first, message('ann', id, { id: 'same' })]);
    const three = await writeOne(the(), { ...first, body: 'another text' });

    expect([one, two, other, three].map((outcome) => outcome && said(outcome))).toEqual([
      'written',
      'duplicate',
      'written',
      'duplicate',
    ]);
    expect(two).toEqual(three);
    expect(three).toMatchObject({ entry: { kind: 'message', message: { position: 2, body: 'hello' } } });
    expect(await bodies(id)).toHaveLength(2);
  });

  it('makes one private channel of two users, whoever of them writes first', async () => {
    const [ann, bob] = [`ann-${randomUUID()}`, `bob-${randomUUID()}`];
    const [one, two] = await the().write([firstMessage(ann, bob), firstMessage(bob, ann)]);
    const three = await writeOne(the(), creation(bob, [ann], { type: 'PRIVATE' }));

    expect(one).toMatchObject({ kind: 'written', entries: [{ kind: 'membership' }, { kind: 'message' }] });
    expect(two).toMatchObject({ kind: 'written', entries: [{ kind: 'message', message: { position: 3 } }] });
    expect(three).toMatchObject({ kind: 'written', entries: [] });
    expect(
      new Set([one, two, three].map((outcome) => outcome && 'channelId' in outcome && outcome.channelId)).size,
    ).toBe(1);
    const { items } = await the().channels(ann, 10, undefined);
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ type: 'PRIVATE', memberCount: 2, creator: ann, position: 3, strategy: 'DURABLE' });
    expect(items[0]?.members.map(({ userId }) => userId)).toEqual([ann, bob]);
  });

  it('refuses a message to oneself, and begins no channel for a message that is refused', async () => {
    const [ann, bob] = [`ann-${randomUUID()}`, `bob-${randomUUID()}`];
    const outcomes = await the().write([firstMessage(ann, ann), firstMessage(ann, bob, { parent: 7 })]);

    expect(outcomes.map(said)).toEqual(['INVALID_ARGUMENT', 'NOT_FOUND']);
    expect(await the().memberships([ann, bob])).toEqual([]);
    expect(said(await writeOne(the(), firstMessage(bob, ann)))).toBe('written');
  });

  it('lets the sender edit, and the sender and managers delete', async () => {
    const id = await begun(the(), creation('ann', ['bob', 'cid']));
    await send('bob', id, { body: 'first' });
    const edit = (by: string, position = 2): ChatWrite => ({
      kind: 'edit',
      by,
      at: 5,
      channelId: id,
      position,
      body: 'second',
      attachments: [],
    });
    const remove = (by: string, position = 2): ChatWrite => ({ kind: 'delete', by, at: 9, channelId: id, position });
    const outcomes = await the().write([
      edit('ann'),
      edit('bob'),
      edit('bob', 1),
      edit('bob', 99),
      remove('cid'),
      remove('ann'),
      remove('bob'),
      edit('bob'),
    ]);

    expect(outcomes.map(said)).toEqual([
      'PERMISSION_DENIED',
      'written',
      'NOT_FOUND',
      'NOT_FOUND',
      'PERMISSION_DENIED',
      'written',
      'written',
      'FAILED_PRECONDITION',
    ]);
    expect(outcomes[1]).toMatchObject({
      entries: [
        { kind: 'changed', changed: { position: 3, by: 'bob', message: { position: 2, body: 'second', editedAt: 5 } } },
      ],
    });
    expect(outcomes[6]).toMatchObject({ entries: [] });
    // Every reader sees the message as it is now, the change that came first too.
    const tombstone = { position: 2, body: '', attachments: [], editedAt: 5, deletedAt: 9 };
    expect((await the().entries(id, 1, 10)).items).toMatchObject([
      { kind: 'message', message: tombstone },
      { kind: 'changed', changed: { position: 3, by: 'bob', message: tombstone } },
      { kind: 'changed', changed: { position: 4, by: 'ann', message: tombstone } },
    ]);
    expect((await the().messages(id, { after: 0 }, 10)).items).toMatchObject([tombstone]);
  });

  it('stores a message as edits of the same batch have left it', async () => {
    const id = await begun(the(), creation('ann', []));
    await the().write([
      message('ann', id),
      { kind: 'edit', by: 'ann', at: 5, channelId: id, position: 2, body: 'edited', attachments: [] },
    ]);

    expect(await bodies(id)).toEqual([[2, 'edited']]);
  });

  it('takes an answer to a message, and to nothing else', async () => {
    const id = await begun(the(), creation('ann', []));
    const outcomes = await the().write([
      message('ann', id),
      message('ann', id, { parent: 2 }),
      message('ann', id, { parent: 1 }),
      message('ann', id, { parent: 50 }),
    ]);

    expect(outcomes.map(said)).toEqual(['written', 'written', 'NOT_FOUND', 'NOT_FOUND']);
    expect(said(await send('ann', id, { parent: 3 }))).toBe('written');
  });

  it('refuses text that cannot be stored, and stores what came with it', async () => {
    const id = await begun(the(), creation('ann', []));
    const outcomes = await the().write([
      message('ann', id, { body: 'a\0b' }),
      message('ann', id, { body: 'half: \ud83d' }),
      message('ann', id, { id: 'x\0' }),
      message('ann', id, { body: 'whole: 😀 \\u0000 \\ud83d "\'$1{}' }),
      message('ann', 'no-uuid'),
      message('x'.repeat(1_000), id),
    ]);

    expect(outcomes.map(said)).toEqual([
      'INVALID_ARGUMENT',
      'INVALID_ARGUMENT',
      'INVALID_ARGUMENT',
      'written',
      'NOT_FOUND',
      'INVALID_ARGUMENT',
    ]);
    expect(await bodies(id)).toEqual([[2, 'whole: 😀 \\u0000 \\ud83d "\'$1{}']]);
  });

  describe('counts', () => {
    it('what a member has not read, without what he wrote himself', async () => {
      const id = await begun(the(), creation('ann', ['bob']));
      const unread = async (by: string): Promise<number> => (await seen(the(), id, by)).unread;
      await the().write([message('ann', id), message('ann', id), message('bob', id)]);
      expect([await unread('ann'), await unread('bob')]).toEqual([1, 2]);
      await the().write([reading('bob', id, 2)]);
      expect(await unread('bob')).toBe(1);
      await the().write([message('ann', id), message('bob', id)]);
      expect([await unread('ann'), await unread('bob')]).toEqual([2, 2]);
      await the().write([reading('bob', id, 4), reading('ann', id, 99)]);
      expect([await unread('ann'), await unread('bob')]).toEqual([0, 1]);
      await the().write([reading('bob', id, 5)]);
      expect(await unread('bob')).toBe(0);
      await send('bob', id);
      expect(await seen(the(), id, 'bob')).toMatchObject({ unread: 0, position: 7 });
      expect((await seen(the(), id, 'bob')).members).toMatchObject([
        { userId: 'ann', delivered: 6, read: 6 },
        { userId: 'bob', delivered: 5, read: 7 },
      ]);
      expect(await writeOne(the(), reading('bob', id, 7))).toMatchObject({ position: 7, moved: false });
      await send('bob', id);
      expect((await seen(the(), id, 'bob')).members[1]).toMatchObject({ delivered: 8, read: 8 });
    });

    it('nothing that was there before a member came', async () => {
      const id = await begun(the(), creation('ann', []));
      await the().write([
        message('ann', id),
        { kind: 'add', by: 'ann', at: 1, channelId: id, members: [{ userId: 'bob', permissions: undefined }] },
        message('ann', id),
      ]);

      expect(await seen(the(), id, 'bob')).toMatchObject({ unread: 1, position: 4 });
      expect(await the().membership(id, 'bob')).toMatchObject({ since: 3, delivered: 2, head: 4 });
    });
  });

  describe('a mark', () => {
    it('never moves back nor past the end, and tells whose messages it moved over', async () => {
      const id = await begun(the(), creation('ann', ['bob', 'cid']));
      await the().write([message('ann', id), message('cid', id), message('bob', id), message('ann', id)]);
      const marked = (position: number, moved: boolean, authors: string[]): object => ({
        kind: 'marked',
        channelId: id,
        position,
        moved,
        authors,
      });
      const outcomes = await the().write([
        reading('bob', id, 3),
        reading('bob', id, 2),
        message('cid', id),
        reading('bob', id, 99),
        { ...reading('bob', id, 99), mark: 'DELIVERED' },
        { ...reading('ann', id, 4), mark: 'DELIVERED' },
      ]);

      const sorted = (names: readonly string[]): string[] => [...names].sort();
      expect(
        outcomes.map((outcome) =>
          outcome.kind === 'marked' ? { ...outcome, authors: sorted(outcome.authors) } : outcome,
        ),
      ).toEqual([
        marked(3, true, ['ann', 'cid']),
        marked(3, false, []),
        expect.objectContaining({ kind: 'written' }),
        marked(6, true, ['ann', 'cid']),
        marked(6, false, []),
        marked(4, true, ['bob', 'cid']),
      ]);
      expect((await seen(the(), id, 'ann')).members.map(({ delivered, read }) => [delivered, read])).toEqual([
        [4, 2],
        [6, 6],
        [0, 0],
      ]);
    });

    it('needs the permission to read', async () => {
      const id = await begun(the(), creation('ann', ['bob:w']));
      await send('ann', id);

      expect(said(await writeOne(the(), reading('bob', id, 2)))).toBe('PERMISSION_DENIED');
    });
  });

  describe('a channel that', () => {
    it('stores nothing passes messages on to nobody but those who may have them', async () => {
      const id = await begun(the(), creation('ann', ['bob', 'cid:r'], { strategy: 'TRANSIENT' }));
      const edit: ChatWrite = { kind: 'edit', by: 'ann', at: 1, channelId: id, position: 1, body: '', attachments: [] };
      const outcomes = await the().write([
        message('bob', id, { id: 'x' }),
        message('bob', id, { id: 'x' }),
        message('cid', id),
        message('bob', id, { parent: 1 }),
        edit,
        reading('bob', id, 1),
      ]);

      expect(outcomes[0]).toMatchObject({ kind: 'passing', entries: [], entry: { message: { id: 'x', position: 0 } } });
      expect(outcomes.slice(1).map(said)).toEqual([
        'passing',
        'PERMISSION_DENIED',
        'FAILED_PRECONDITION',
        'FAILED_PRECONDITION',
        'FAILED_PRECONDITION',
      ]);
      expect(await the().messages(id, { after: 0 }, 10)).toEqual({ items: [], more: false });
      expect((await the().entries(id, 0, 10)).items).toMatchObject([{ kind: 'membership' }]);
      expect(await seen(the(), id, 'ann')).toMatchObject({ unread: 0, position: 1 });
    });

    it('keeps the newest keeps no other, and still knows what was sent', async () => {
      const id = await begun(the(), creation('ann', ['bob'], { strategy: 'LAST' }));
      const first = message('ann', id, { id: 'first', body: 'one' });
      await writeOne(the(), first);
      await writeOne(the(), {
        kind: 'edit',
        by: 'ann',
        at: 1,
        channelId: id,
        position: 2,
        body: 'one!',
        attachments: [],
      });
      await the().write([message('ann', id, { body: 'two' }), message('bob', id, { body: 'three' })]);

      expect(await bodies(id)).toEqual([[5, 'three']]);
      expect((await the().entries(id, 0, 10)).items.map(({ kind }) => kind)).toEqual(['membership', 'message']);
      expect(await writeOne(the(), first)).toMatchObject({ kind: 'duplicate', entry: { message: { position: 2 } } });
      expect(said(await send('ann', id, { parent: 2 }))).toBe('FAILED_PRECONDITION');
      expect(said(await send('ann', id, { parent: 99 }))).toBe('NOT_FOUND');
      expect(said(await send('ann', id, { parent: 5 }))).toBe('written');
      expect(await the().sweep()).toBe(0);
      expect(await seen(the(), id, 'bob')).toMatchObject({ position: 6, unread: 1 });
    });

    it('keeps messages for a while forgets them, but not that they were sent', async () => {
      const id = await begun(the(), creation('ann', ['bob'], { strategy: 'TTL', ttl: 1 }));
      const first = message('ann', id);
      await writeOne(the(), first);
      await writeOne(the(), { kind: 'delete', by: 'ann', at: 1, channelId: id, position: 2 });
      expect((await the().entries(id, 0, 10)).items).toHaveLength(3);
      await new Promise((resolve) => setTimeout(resolve, 1_100));

      expect(await the().messages(id, { after: 0 }, 10)).toEqual({ items: [], more: false });
      expect((await the().entries(id, 0, 10)).items.map(({ kind }) => kind)).toEqual(['membership']);
      expect(said(await send('ann', id, { parent: 2 }))).toBe('FAILED_PRECONDITION');
      expect(await the().sweep()).toBeGreaterThan(0);
      expect(await the().sweep()).toBe(0);
      expect(said(await writeOne(the(), first))).toBe('duplicate');
      expect(await writeOne(the(), reading('bob', id, 3))).toMatchObject({ kind: 'marked', position: 3, moved: true });
      expect(await seen(the(), id, 'bob')).toMatchObject({ unread: 0 });
      expect(said(await send('bob', id))).toBe('written');
    });
  });

  it('keeps what a member may do apart from what he may not', async () => {
    const id = await begun(the(), creation('ann', ['bob:rw', 'cid:r', 'dan:w']));
    const outcomes = await the().write(['ann', 'bob', 'cid', 'dan', 'eve'].map((by) => message(by, id)));

    expect(outcomes.map(said)).toEqual(['written', 'written', 'PERMISSION_DENIED', 'written', 'NOT_FOUND']);
    await writeOne(the(), { kind: 'permit', by: 'ann', at: 1, channelId: id, userId: 'bob', permissions: may('r') });
    expect(said(await send('bob', id))).toBe('PERMISSION_DENIED');
  });
}
