import { randomUUID } from 'node:crypto';
import { type ServiceDefinition } from '@grpc/proto-loader';
import { CHAT_DEFINITION, CHAT_SERVICE_NAME } from './chat-proto.js';
import { UnreadableMessage, withBounds } from './readable-message.js';

const service = CHAT_DEFINITION[CHAT_SERVICE_NAME] as ServiceDefinition;

function decoded(method: string, bytes: Buffer): unknown {
  return service[method]?.requestDeserialize(bytes);
}

function encoded(method: string, request: object): Buffer {
  return service[method]?.requestSerialize(request) as Buffer;
}

describe('a message within its bounds', () => {
  it('is decoded as it was sent', () => {
    const members = Array.from({ length: 1_000 }, (_, index) => ({ userId: `user ${index}` }));

    expect(decoded('AddMembers', encoded('AddMembers', { channelId: 'c', members }))).toMatchObject({ members });
  });

  it('may resume thousands of channels', () => {
    const channels = Array.from({ length: 4_000 }, (_, index) => ({ channelId: randomUUID(), position: index }));

    expect(decoded('EventBuff', encoded('EventBuff', { ref: '日本語', resume: { channels } }))).toMatchObject({
      ref: '日本語',
      resume: { channels },
    });
  });

  it.each(['', 'ÿ'.repeat(16_000), '漢'.repeat(5_000), '\u0007\u0003\u0004'.repeat(5_000)])(
    'may hold any text (%#)',
    (body) => {
      const newMessage = { id: 'm', channelId: 'c', body };

      expect(decoded('EventBuff', encoded('EventBuff', { newMessage }))).toMatchObject({ newMessage });
    },
  );
});

describe('a message beyond its bounds', () => {
  const sentence = (method: string, bytes: Buffer): string | undefined => {
    const read = decoded(method, bytes);
    return read instanceof UnreadableMessage ? read.sentence : undefined;
  };
  const pairs = (length: number, first: number): Buffer => Buffer.alloc(length, Buffer.from([first, 0]));
  /** A field of bytes, with its number. */
  const field = (number: number, bytes: Buffer): Buffer => {
    const { length } = bytes;
    const head = [(number << 3) | 2, (length & 127) | 128, ((length >> 7) & 127) | 128, length >> 14];
    return Buffer.concat([Buffer.from(head), bytes]);
  };

  it.each([
    ['empty members', 'AddMembers', pairs(262_000, 0x12)],
    ['empty user ids', 'GetPresence', pairs(262_000, 0x0a)],
    ['a text that is there again and again', 'Echo', pairs(4_000, 0x0a)],
    ['empty channels to resume', 'EventBuff', field(9, pairs(200_000, 0x0a))],
    ['them behind a group', 'EventBuff', field(9, Buffer.concat([Buffer.from([0x1b, 0x1c]), pairs(200_000, 0x0a)]))],
    ['many short events in one', 'EventBuff', Buffer.concat(Array(500).fill(field(9, pairs(250, 0x0a))))],
  ])('is not decoded: %s', (_, method, bytes) => {
    expect(sentence(method, bytes)).toMatch(/^the message has more than [\d]+ fields/);
  });

  it.each([
    ['that ends too early', Buffer.from([0x12, 5, 1])],
    ['with a tag that is too long', Buffer.from([0x92, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 0])],
    ['of nonsense', Buffer.from('nonsense')],
  ])('is not decoded: one %s', (_, bytes) => {
    expect(sentence('AddMembers', bytes)).toMatch(/^the message (is not|has more)/);
  });

  it('is not decoded when it is too large', () => {
    const small = withBounds(service, () => ({ bytes: 8, fields: 10, depth: 1 }));

    expect(small['Echo']?.requestDeserialize(encoded('Echo', { text: '1234567' }))).toEqual(
      new UnreadableMessage('the message is larger than 8 bytes'),
    );
  });
});
