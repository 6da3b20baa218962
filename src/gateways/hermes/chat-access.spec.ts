import type { ChatService } from '../../chat/index.js';
import { ChatRefusal, type ChatRefusalCode } from '../../chat/model/index.js';
import type { Session } from '../../sessions/index.js';
import { ChatAccess } from './chat-access.js';

const bob = { identity: { userId: 'bob', role: undefined } } as Session;
const nobody = { identity: undefined } as Session;
const message = { id: 'm', recipient: 'alice', body: 'hi' };

function refusing(error: Error): ChatAccess {
  const refuse = (): Promise<never> => Promise.reject(error);
  return new ChatAccess({ send: refuse, mark: refuse } as unknown as ChatService);
}

describe('chat for sessions of the Hermes JSON protocol', () => {
  it.each<[ChatRefusalCode, number]>([
    ['INVALID_ARGUMENT', 400],
    ['UNAUTHENTICATED', 401],
    ['PERMISSION_DENIED', 403],
    ['NOT_FOUND', 404],
    ['ALREADY_EXISTS', 409],
    ['FAILED_PRECONDITION', 409],
    ['RESOURCE_EXHAUSTED', 429],
    ['UNAVAILABLE', 503],
  ])('answers %s with %i and the same sentence', async (refusal, code) => {
    const access = refusing(new ChatRefusal(refusal, 'the reason'));
    const expected = { code, message: 'the reason' };
    await expect(access.send(bob, message)).rejects.toMatchObject(expected);
    await expect(access.read(bob, { channelId: 'c', position: 1 })).rejects.toMatchObject(expected);
  });

  it('does not pass its own faults on as anything else', async () => {
    const fault = new TypeError('a bug');
    await expect(refusing(fault).send(bob, message)).rejects.toBe(fault);
  });

  it('is for users, and not there where it is off', async () => {
    await expect(refusing(new Error()).send(nobody, message)).rejects.toMatchObject({ code: 401 });
    await expect(new ChatAccess().send(bob, message)).rejects.toMatchObject({ code: 501 });
  });

  it('acts for the user of the session, and answers without what only gRPC has', async () => {
    const ack = { ref: '', channelId: 'c', id: 'm', position: 3, at: 5, duplicate: false };
    const chat = { send: jest.fn().mockResolvedValue(ack), mark: jest.fn().mockResolvedValue(undefined) };
    const access = new ChatAccess(chat as unknown as ChatService);
    expect(await access.send(bob, message)).toEqual({
      resultCode: 200,
      channelId: 'c',
      id: 'm',
      position: 3,
      at: 5,
      duplicate: false,
    });
    await access.read(bob, { channelId: 'c', position: 3 });
    expect(chat.send).toHaveBeenCalledWith('bob', message);
    expect(chat.mark).toHaveBeenCalledWith('bob', 'READ', { channelId: 'c', position: 3 });
  });
});
