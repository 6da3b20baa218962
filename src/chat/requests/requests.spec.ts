import * as fc from 'fast-check';
import { ChatRefusal } from '../model/index.js';
import {
  addWrite,
  channelsQuestion,
  createWrite,
  deleteWrite,
  editWrite,
  leaveWrite,
  markWrite,
  messagesQuestion,
  permitWrite,
  positionsSeen,
  presenceQuestion,
  removeWrite,
  sendWrite,
} from './index.js';

const ID = '0b9cbf47-6f9c-4a1a-9d2f-0c3c0a4fbb1e';
const asking = { by: 'ada', at: 7 };
const MAX_BODY = 100;

/** Requests as they come over a wire: of any shape, whatever their types say. */
const requests: Readonly<Record<string, (request: never) => unknown>> = {
  send: (request) => sendWrite(asking, request, MAX_BODY),
  edit: (request) => editWrite(asking, request, MAX_BODY),
  delete: (request) => deleteWrite(asking, request),
  mark: (request) => markWrite(asking, 'READ', request),
  create: (request) => createWrite(asking, request, ID),
  add: (request) => addWrite(asking, request),
  remove: (request) => removeWrite(asking, request),
  permit: (request) => permitWrite(asking, request),
  leave: (request) => leaveWrite(asking, request),
  seen: (request) => positionsSeen(request),
  messages: (request) => messagesQuestion(request),
  channels: (request) => channelsQuestion(request),
  presence: (request) => presenceQuestion(request),
};

const FIELDS = [
  'attachments after before body channelId id limit members name pageSize pageToken',
  'parent permissions position recipient strategy ttl type userId',
].flatMap((names) => names.split(' '));

function outcome(name: string, request: unknown): unknown {
  try {
    return requests[name]?.(request as never);
  } catch (error) {
    return error instanceof ChatRefusal ? `${error.code} ${error.message}` : error;
  }
}

const message = { id: 'm1', channelId: ID, body: 'hello' };
const attachment = { url: 'https://files.example/1', type: 'image/png', name: 'one.png', size: 5 };
const users = (count: number) => Array.from({ length: count }, (_user, index) => ({ userId: `u${index}` }));

describe('a request', () => {
  it('becomes a write', () => {
    expect(outcome('send', message)).toEqual({
      kind: 'send',
      by: 'ada',
      at: 7,
      to: { channelId: ID },
      id: 'm1',
      body: 'hello',
      parent: 0,
      attachments: [],
    });
    expect(outcome('send', { id: 'm1', recipient: 'bob', attachments: [{ url: 'x' }], parent: 3 })).toMatchObject({
      to: { recipient: 'bob' },
      body: '',
      parent: 3,
      attachments: [{ url: 'x', type: '', name: '', size: 0 }],
    });
    expect(
      outcome('create', {
        type: 'GROUP',
        members: [{ userId: 'ada' }, { userId: 'bob', permissions: { read: true } }],
      }),
    ).toEqual({
      kind: 'create',
      by: 'ada',
      at: 7,
      channelId: ID,
      type: 'GROUP',
      name: '',
      strategy: 'DURABLE',
      ttl: 0,
      members: [{ userId: 'bob', permissions: { read: true, write: false, manage: false } }],
    });
    expect(outcome('leave', ID.toUpperCase())).toMatchObject({ kind: 'remove', channelId: ID, userId: 'ada' });
    expect(outcome('seen', [{ channelId: ID, position: 4 }])).toEqual(new Map([[ID, 4]]));
    expect(outcome('messages', { channelId: ID, after: 4 })).toEqual({
      channelId: ID,
      range: { after: 4 },
      limit: 100,
    });
    expect(outcome('channels', {})).toEqual({ limit: 100, token: undefined });
  });

  it.each<[string, unknown, string]>([
    ['send', null, 'new_message: must be there, with its fields'],
    ['send', { ...message, id: '' }, 'id: 1 to 64 characters'],
    ['send', { ...message, id: 'x'.repeat(65) }, 'id: 1 to 64 characters'],
    ['send', { ...message, id: 'm\ufffd' }, 'id: must be well-formed text without the character U+FFFD'],
    [
      'send',
      { id: 'm1', body: 'hello', recipient: 'b\ufffdb' },
      'recipient: must be well-formed text without the character U+FFFD',
    ],
    ['send', { ...message, id: 7 }, 'id: must be text'],
    [
      'send',
      { ...message, channelId: 'general' },
      'channel_id: must be a UUID, as in 0b9cbf47-6f9c-4a1a-9d2f-0c3c0a4fbb1e',
    ],
    ['send', { ...message, recipient: 'bob' }, 'to: say either channel_id or recipient'],
    ['send', { id: 'm1', body: 'hello' }, 'to: say either channel_id or recipient'],
    ['send', { id: 'm1', body: 'hello', recipient: 'ada' }, 'recipient: must be another user than the sender'],
    ['send', { ...message, body: '' }, 'body: must not be empty without an attachment'],
    ['send', { ...message, body: 'ä'.repeat(51) }, 'body: at most 100 bytes'],
    [
      'send',
      { ...message, body: 'a\0b' },
      'body: must be text without the character U+0000 and without half characters',
    ],
    [
      'send',
      { ...message, body: '\ud83c' },
      'body: must be text without the character U+0000 and without half characters',
    ],
    ['send', { ...message, parent: -1 }, 'parent: must be a whole number from 0 to 9,007,199,254,740,991'],
    ['send', { ...message, parent: 2 ** 53 }, 'parent: must be a whole number from 0 to 9,007,199,254,740,991'],
    ['send', { ...message, attachments: Array.from({ length: 17 }, () => attachment) }, 'attachments: at most 16'],
    ['send', { ...message, attachments: [{}] }, 'attachments[0].url: 1 to 2,048 characters'],
    [
      'send',
      { ...message, attachments: [attachment, { ...attachment, size: 0.5 }] },
      'attachments[1].size: must be a whole number from 0 to 9,007,199,254,740,991',
    ],
    [
      'edit',
      { channelId: ID, position: 0, body: 'x' },
      'position: must be a whole number from 1 to 9,007,199,254,740,991',
    ],
    ['delete', { position: 1 }, 'channel_id: must be a UUID, as in 0b9cbf47-6f9c-4a1a-9d2f-0c3c0a4fbb1e'],
    ['mark', { channelId: ID, position: '4' }, 'position: must be a whole number from 1 to 9,007,199,254,740,991'],
    ['create', { type: 'CHANNEL_TYPE_UNSPECIFIED' }, 'type: must be PRIVATE, GROUP or BROADCAST'],
    ['create', { type: 'GROUP', strategy: 'EVER' }, 'strategy: must be DURABLE, TRANSIENT, LAST or TTL'],
    ['create', { type: 'GROUP', name: 'x'.repeat(257) }, 'name: at most 256 characters'],
    ['create', { type: 'GROUP', ttl: 60 }, 'ttl: must be 0 unless the strategy is TTL'],
    ['create', { type: 'GROUP', strategy: 'TTL' }, 'ttl: must be a whole number from 1 to 31,536,000'],
    ['create', { type: 'GROUP', id: 'general' }, 'id: must be a UUID, as in 0b9cbf47-6f9c-4a1a-9d2f-0c3c0a4fbb1e'],
    ['create', { type: 'GROUP', members: users(1_001) }, 'members: at most 1,000'],
    ['create', { type: 'GROUP', members: [...users(2), { userId: 'u1' }] }, 'members[2].user_id: is there twice'],
    [
      'create',
      { type: 'GROUP', members: [{ userId: 'bob', permissions: { read: 1 } }] },
      'members[0].permissions.read: must be true or false',
    ],
    ['create', { type: 'PRIVATE' }, 'members: must be exactly one other user for a private channel'],
    [
      'create',
      { type: 'PRIVATE', members: [{ userId: 'ada' }] },
      'members: must be exactly one other user for a private channel',
    ],
    ['create', { type: 'PRIVATE', members: users(1), name: 'x' }, 'name: must be empty for a private channel'],
    [
      'create',
      { type: 'PRIVATE', members: [{ userId: 'bob', permissions: {} }] },
      'members[0].permissions: must be absent for a private channel: both read and write',
    ],
    ['add', { channelId: ID, members: [] }, 'members: 1 to 1,000 of them'],
    ['add', { channelId: ID, members: [{ userId: 'x'.repeat(257) }] }, 'members[0].user_id: 1 to 256 characters'],
    ['remove', { channelId: ID, userId: 'ada' }, 'user_id: must be another user; LeaveChannel is how one leaves'],
    ['permit', { channelId: ID, userId: 'bob' }, 'permissions: must be there, with its fields'],
    ['messages', { channelId: ID, before: 3, after: 2 }, 'after: must be 0 together with before'],
    ['messages', { channelId: ID, limit: 1_001 }, 'limit: must be a whole number from 0 to 1,000'],
    ['channels', { pageSize: 1_001 }, 'page_size: must be a whole number from 0 to 1,000'],
    ['presence', [], 'user_ids: 1 to 1,000 of them'],
    [
      'seen',
      [{ channelId: ID, position: -1 }],
      'channels[0].position: must be a whole number from 0 to 9,007,199,254,740,991',
    ],
  ])('%s %j is refused: %s', (name, request, sentence) => {
    expect(outcome(name, request)).toBe(`INVALID_ARGUMENT ${sentence}`);
  });

  it.each(Object.keys(requests))('to %s of any shape becomes something well-formed or is refused', (name) => {
    const anything = fc.oneof(
      fc.anything(),
      fc.constantFrom(ID, '', 0, 1, null, undefined, 'GROUP', 'PRIVATE', 'TTL', [attachment], users(1), users(2)),
    );
    const fields = fc.constantFrom(...FIELDS);
    fc.assert(
      fc.property(fc.oneof(anything, fc.dictionary(fields, anything), fc.array(anything)), (request) => {
        expect(outcome(name, request)).not.toBeInstanceOf(Error);
      }),
      { numRuns: 500 },
    );
  });
});
