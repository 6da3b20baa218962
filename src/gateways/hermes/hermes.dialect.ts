import { CHAT_CHANNEL, STATUS_CHANNEL } from '@hermes/protocol';
import { isRecord, parseJson, textFrame, type EventEncoder, type HermesEvent } from '../../delivery/index.js';
import type { Command, DecodedFrame, Dialect, Refusal } from '../websocket/index.js';

/** Before the names of the commands of chat, which come on a channel of their own. */
const CHAT = 'chat.';

type CommandId = string | number | undefined;

/** The Hermes JSON protocol, as PROTOCOL.md beside this file has it. */
export const hermesDialect: Dialect = {
  name: 'hermes',
  encoder: { encode: eventFrame } satisfies EventEncoder,
  ping: frameOf(status('ping', undefined)),
  pong: 'pong',
  identityExpired: frameOf(status('authorize', undefined, { resultCode: 401, authorize: 'failed' })),
  decode,
  reply,
  refusal,
};

function decode(text: string): DecodedFrame {
  const message = parseJson(text);
  if (!isRecord(message)) return bad(undefined, 'a message is a JSON object');
  const { channel, event, command, id } = message;
  if (id !== undefined && !isId(id)) return bad(undefined, 'id must be a string or a number that JavaScript can hold');
  if (channel !== STATUS_CHANNEL && channel !== CHAT_CHANNEL) {
    return bad(id, `channel must be "${STATUS_CHANNEL}" or "${CHAT_CHANNEL}"`);
  }
  if (typeof event !== 'string') return bad(id, 'event must be a string, the name of the command');
  if (command !== undefined && command !== null && !isRecord(command)) return bad(id, 'command must be an object');
  const isChat = channel === CHAT_CHANNEL;
  if (!isChat && event.startsWith(CHAT)) return bad(id, 'event is not a known command');
  return { ok: true, command: { name: isChat ? CHAT + event : event, id, body: command ?? {} } };
}

function reply({ name, id }: Command, result: unknown): object | undefined {
  switch (name) {
    case 'pong':
      return undefined;
    case 'handshake':
      return status(name, id);
    case 'authorize':
    case 'unauthorize':
      return status(name, id, result);
    case 'chat.send':
      return envelope(CHAT_CHANNEL, 'send', id, result);
    case 'chat.read':
      return id === undefined ? undefined : envelope(CHAT_CHANNEL, 'read', id, { resultCode: 200 });
    default:
      return id === undefined ? undefined : status(name, id, { resultCode: 200 });
  }
}

/** An authorize that was understood and refused is answered as one that failed, everything else as an error. */
function refusal({ name, id }: Partial<Command>, { code, message }: Refusal): object {
  if (name === 'authorize' && code === 406) return status(name, id, { resultCode: code, authorize: 'failed' });
  return status('error', id, { resultCode: code, message });
}

function eventFrame({ channel, name, audience, payload }: HermesEvent): Buffer {
  const event = JSON.stringify(name);
  const broadcast = audience.kind === 'broadcast';
  const head = `{"broadcast":${broadcast},"channel":${JSON.stringify(channel)},"event":${event},"data":{${event}:`;
  return textFrame(Buffer.from(head), payload, END);
}

const END = Buffer.from('}}');

function status(event: string, id: CommandId, data?: unknown): object {
  return envelope(STATUS_CHANNEL, event, id, data);
}

function envelope(channel: string, event: string, id: CommandId, data: unknown): object {
  return {
    channel,
    event,
    ...(id === undefined ? undefined : { id }),
    ...(data === undefined ? undefined : { data }),
  };
}

function frameOf(message: object): Buffer {
  return textFrame(Buffer.from(JSON.stringify(message)));
}

function bad(id: CommandId, reason: string): DecodedFrame {
  return { ok: false, id, reason };
}

/** What comes back must be what was sent: a number past 2^53 would not be. */
function isId(value: unknown): value is string | number {
  return typeof value === 'string' || (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER);
}
