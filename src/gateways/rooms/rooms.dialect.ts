import { isRecord, parseJson, roomOf, textFrame, type HermesEvent, type RoomEncoder } from '../../delivery/index.js';
import type { Command, DecodedFrame, Dialect, Refusal } from '../websocket/index.js';
import { ConnectionRefusal } from './connection-refusal.js';
import type { Rejection, SubscribeCommand } from './rooms.commands.js';

const PING = 'ping';
const PONG = 'pong';
/** Characters of a requestId as JSON text: every push repeats it. */
const MAX_REFERENCE = 1_024;

const HEAD = Buffer.from('{"type":"publish","data":');
const MIDDLE = Buffer.from(',"requestId":');
const END = Buffer.from('}');

/** Pushes: the data as its producer wrote it, and the requestId as the client wrote it. */
export const pushEncoder: RoomEncoder = {
  encode: ({ payload }: HermesEvent, reference: string) =>
    textFrame(HEAD, payload, MIDDLE, Buffer.from(reference), END),
};

/**
 * The protocol of high-templar, as PROTOCOL.md beside this file has it.
 *
 * @param replyRequestId whether answers bear the requestId of what they answer
 */
export function roomsDialect(replyRequestId: boolean): Dialect {
  const echo = (command: Partial<Command>): object => {
    const { reference } = (command.body ?? {}) as SubscribeCommand;
    return replyRequestId && reference !== undefined ? { requestId: JSON.parse(reference) as unknown } : {};
  };
  return {
    name: 'rooms',
    // Events that are not for rooms reach nobody here; this is how one would look.
    encoder: { encode: (event) => pushEncoder.encode(event, 'null') },
    ping: undefined,
    identityExpired: undefined,
    decode,
    reply: (command, result) => reply(command, result, echo(command)),
    refusal: (command, refusal) => refused(refusal, echo(command)),
  };
}

export function helloFrame(allowedRooms: readonly object[]): Buffer {
  return frameOf({ is_authorized: true, allowed_rooms: allowedRooms });
}

export const REFUSED_FRAME = frameOf({ is_authorized: false });

function decode(text: string): DecodedFrame {
  if (text === PING) return decoded(PING, {});
  const message = parseJson(text);
  if (message === undefined) return rejected('non-json-message');
  if (!isRecord(message)) return rejected('message-type-not-allowed');
  switch (message['type']) {
    case 'subscribe':
      return decoded('subscribe', { reference: referenceOf(message), room: roomOf(message['room']) });
    case 'unsubscribe':
      return decoded('unsubscribe', { reference: referenceOf(message) });
    case 'status':
      return decoded('status', {});
    default:
      return rejected('message-type-not-allowed');
  }
}

function reply({ name }: Command, result: unknown, echo: object): object | string {
  switch (name) {
    case PING:
      return PONG;
    case 'status':
      return result as object;
    default:
      return { ...echo, code: 'success' };
  }
}

function refused(refusal: Refusal, echo: object): object {
  const id = refusal instanceof ConnectionRefusal ? { requestId: refusal.connection } : echo;
  return { ...id, code: 'error', message: refusal.message };
}

/** What comes back must be what was sent: a number past 2^53 would not be. */
function referenceOf(message: Readonly<Record<string, unknown>>): string | undefined {
  if (!Object.hasOwn(message, 'requestId')) return undefined;
  const { requestId } = message;
  if (typeof requestId === 'object' && requestId !== null) return undefined;
  if (typeof requestId === 'number' && Math.abs(requestId) > Number.MAX_SAFE_INTEGER) return undefined;
  const text = JSON.stringify(requestId);
  return text.length <= MAX_REFERENCE ? text : undefined;
}

function rejected(reason: Rejection): DecodedFrame {
  return decoded('rejected', { reason });
}

function decoded(name: string, body: object): DecodedFrame {
  return { ok: true, command: { name, id: undefined, body } };
}

function frameOf(message: object): Buffer {
  return textFrame(Buffer.from(JSON.stringify(message)));
}
