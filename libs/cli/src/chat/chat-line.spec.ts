import type { Member, ServerEvent } from '@hermes/protocol';
import { aMessage } from '../testing/chat-server.js';
import { chatLine } from './chat-line.js';

const NOW = new Date(2026, 0, 2, 3, 4, 5, 6);
const at = NOW.getTime();
const hello = aMessage({ sentAt: at, position: 2 });
const file = { url: 'https://files/1', type: 'image/png', name: 'cat.png', size: 1 };

function member(userId: string): Member {
  return { userId, permissions: { read: true, write: true, manage: false }, delivered: 0, read: 0 };
}

describe('the line for an event of chat', () => {
  it.each<[ServerEvent, string]>([
    [{ message: hello }, '03:04:05.006  c1  #2  alice: hello'],
    [{ message: { ...hello, position: 0, parent: 1 } }, '03:04:05.006  c1  alice (to #1): hello'],
    [{ message: { ...hello, deletedAt: at, body: '' } }, '03:04:05.006  c1  #2  alice: deleted'],
    [
      { message: { ...hello, attachments: [file, { ...file, name: '' }] } },
      '03:04:05.006  c1  #2  alice: hello [cat.png https://files/1] [https://files/1]',
    ],
    [
      { changed: { channelId: 'c1', position: 5, by: 'alice', message: { ...hello, editedAt: at, body: 'hi' } } },
      '03:04:05.006  c1  alice edited #2: hi',
    ],
    [
      { changed: { channelId: 'c1', position: 5, by: 'root', message: { ...hello, deletedAt: at } } },
      '03:04:05.006  c1  root deleted #2',
    ],
    [
      {
        membership: {
          channelId: 'c1',
          position: 1,
          kind: 'ADDED',
          by: 'alice',
          at,
          members: [member('bob'), member('eve')],
        },
      },
      '03:04:05.006  c1  added by alice: bob, eve',
    ],
    [
      { receipt: { channelId: 'c1', userId: 'bob', kind: 'READ', position: 2, at } },
      '03:04:05.006  c1  read to #2: bob',
    ],
    [{ typing: { channelId: 'c1', userId: 'bob' } }, '03:04:05.006  c1  bob is typing'],
    [{ presence: { userId: 'bob', online: true, lastSeen: 0 } }, '03:04:05.006  bob is here'],
    [{ presence: { userId: 'bob', online: false, lastSeen: at } }, '03:04:05.006  bob has gone'],
  ])('for people: %j', (event, line) => {
    expect(chatLine(event, false, NOW)).toBe(line);
  });

  it('cannot drive the terminal', () => {
    const evil = 'a\u001b[2J\nb\u202ec';
    const message = aMessage({ channelId: evil, sender: evil, body: evil, attachments: [{ ...file, name: evil }] });
    const line = chatLine({ message }, false, NOW);
    for (const character of ['\n', '\u001b', '\u202e']) expect(line).not.toContain(character);
    expect(line).toContain('a\\u001b[2J\\u000ab\\u202ec');
  });

  it('has colours where they are shown', () => {
    expect(chatLine({ message: hello }, true, NOW)).toContain('\u001b[1malice\u001b[0m');
  });
});
