import { positionOf, type ChatStore } from '../../../../src/chat/model/index.js';
import { begun, candidate, creation, message, writeOne } from '../../../support/chat/writes.js';

/** Bytes of a large message; some sixteen of them are enough for a page. */
const LARGE = 128 * 1024;

/** @param the of the suite, there once tests run */
export function pagesContract(the: () => ChatStore): void {
  const send = async (id: string, count: number, more: Parameters<typeof message>[2]): Promise<void> => {
    for (let i = 0; i < count; i++) await writeOne(the(), message('ann', id, more));
  };
  const messages = async (id: string, range: { before: number } | { after: number }, limit: number) => {
    const { items, more } = await the().messages(id, range, limit);
    return { positions: items.map(({ position }) => position), more };
  };

  it('comes in pages in both directions, and each tells whether it is the last', async () => {
    const id = await begun(the(), creation('ann', []));
    await the().write(Array.from({ length: 10 }, () => message('ann', id)));

    const newest = { before: Number.MAX_SAFE_INTEGER };
    expect(await messages(id, newest, 3)).toEqual({ positions: [11, 10, 9], more: true });
    expect(await messages(id, { before: 9 }, 3)).toEqual({ positions: [8, 7, 6], more: true });
    expect(await messages(id, { before: 5 }, 3)).toEqual({ positions: [4, 3, 2], more: false });
    expect(await messages(id, { after: 0 }, 3)).toEqual({ positions: [2, 3, 4], more: true });
    expect(await messages(id, { after: 9 }, 3)).toEqual({ positions: [10, 11], more: false });
    expect(await messages(id, { after: 11 }, 3)).toEqual({ positions: [], more: false });
  });

  it.each([
    ['body', { body: 'x'.repeat(LARGE) }],
    ['attachments', { attachments: [{ url: '😀'.repeat(LARGE / 4), type: 't', name: 'n', size: 1 }] }],
  ])('comes in smaller pages when messages have a large %s, and nothing is left out', async (_, large) => {
    const id = await begun(the(), creation('ann', []));
    await send(id, 40, large);
    const seen: number[] = [];
    const pages: number[] = [];
    for (let more = true; more;) {
      const { items, more: further } = await the().entries(id, seen.length, 1_000);
      seen.push(...items.map(positionOf));
      pages.push(items.length);
      more = further;
    }

    expect(seen).toEqual(Array.from({ length: 41 }, (_entry, index) => index + 1));
    expect(pages.length).toBe(3);
    const { positions, more } = await messages(id, { before: 42 }, 1_000);
    expect(more).toBe(true);
    expect(positions[0]).toBe(41);
    expect(positions.length).toBeGreaterThanOrEqual(15);
    expect(positions.length).toBeLessThanOrEqual(17);
  });

  it('has one message at least, however large', async () => {
    const id = await begun(the(), creation('ann', []));
    await send(id, 2, { body: 'x'.repeat(3 * 1024 * 1024) });

    expect(await messages(id, { after: 0 }, 10)).toEqual({ positions: [2], more: true });
    expect(await messages(id, { after: 2 }, 10)).toEqual({ positions: [3], more: false });
  });

  it('counts who was added, and what a message became', async () => {
    const id = await begun(the(), creation('ann', []));
    await send(id, 1, { body: 'x'.repeat(LARGE) });
    for (let i = 0; i < 20; i++) {
      await writeOne(the(), {
        kind: 'edit',
        by: 'ann',
        at: 1,
        channelId: id,
        position: 2,
        body: `${i}`.padEnd(LARGE),
        attachments: [],
      });
    }
    for (let i = 0; i < 3; i++) {
      const members = Array.from({ length: 1_000 }, (_user, n) => candidate(`${i}-${n}-${'😀'.repeat(240)}`));
      await writeOne(the(), { kind: 'add', by: 'ann', at: 1, channelId: id, members });
    }

    const changes = await the().entries(id, 0, 1_000);
    expect(changes.items.length).toBeLessThan(20);
    const additions = await the().entries(id, 22, 1_000);
    expect(additions.items.length).toBe(2);
    expect([changes.more, additions.more]).toEqual([true, true]);
  });
}
