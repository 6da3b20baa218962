import { CHAT_CHANNEL, STATUS_CHANNEL } from './address.js';
import type { Ack } from './chat.js';
import type { CommandId } from './client-message.js';

/**
 * An event. `data` has one field, named as the event: its payload, any JSON value, as the producer wrote it.
 *
 * @example { "broadcast": true, "channel": "prices", "event": "tick", "data": { "tick": { "BTC": 1 } } }
 */
export interface EventMessage<Payload = unknown> {
  /** Addressed to everybody; false: to this session's user alone. */
  readonly broadcast: boolean;
  readonly channel: string;
  readonly event: string;
  readonly data: Readonly<Record<string, Payload>>;
}

/** To be answered with `pong` in time. */
export interface PingMessage {
  readonly channel: typeof STATUS_CHANNEL;
  readonly event: 'ping';
}

export interface HandshakeReply {
  readonly channel: typeof STATUS_CHANNEL;
  readonly event: 'handshake';
  readonly id?: CommandId;
}

/** Done; only for commands that had an id. Kept events that the command brought have come before it. */
export interface AckReply {
  readonly channel: typeof STATUS_CHANNEL;
  readonly event: 'subscribe' | 'unsubscribe' | 'mute' | 'cache';
  readonly id: CommandId;
  readonly data: { readonly resultCode: 200 };
}

/**
 * How `authorize` or `unauthorize` went: `resultCode` is 200 exactly when it succeeded. A failed `authorize` that nobody
 * asked for says that the identity has expired.
 */
export interface AuthorizeReply {
  readonly channel: typeof STATUS_CHANNEL;
  readonly event: 'authorize' | 'unauthorize';
  readonly id?: CommandId;
  readonly data: { readonly resultCode: number; readonly authorize: 'success' | 'failed' };
}

/** A command was not carried out; the connection stays open. `message` names the fault. */
export interface ErrorReply {
  readonly channel: typeof STATUS_CHANNEL;
  readonly event: 'error';
  readonly id?: CommandId;
  readonly data: { readonly resultCode: number; readonly message: string };
}

/** A message of chat is stored, or under way where nothing is stored: as the `Ack` of `chat.proto` has it. */
export interface SentReply {
  readonly channel: typeof CHAT_CHANNEL;
  readonly event: 'send';
  readonly id?: CommandId;
  readonly data: { readonly resultCode: 200 } & Omit<Ack, 'ref'>;
}

/** The mark is taken down; only for commands that had an id. */
export interface MarkedReply {
  readonly channel: typeof CHAT_CHANNEL;
  readonly event: 'read';
  readonly id: CommandId;
  readonly data: { readonly resultCode: 200 };
}

/** Everything a server sends. */
export type ServerMessage =
  EventMessage | PingMessage | HandshakeReply | AckReply | AuthorizeReply | ErrorReply | SentReply | MarkedReply;

const ACKNOWLEDGED: ReadonlySet<unknown> = new Set(['subscribe', 'unsubscribe', 'mute', 'cache']);

/** The message in a text frame; undefined when it is none of this protocol, which a client had best pass over. */
export function readServerMessage(frame: string): ServerMessage | undefined {
  const message = parse(frame);
  const known = [isEvent, isPing, isAck, isAuthorize, isError, isHandshake, isSent, isMarked].some((is) => is(message));
  return known ? (message as ServerMessage) : undefined;
}

/** Tells events from everything else by `broadcast`: a producer is free to use the channel `ws_status`, too. */
export function isEvent(message: unknown): message is EventMessage {
  if (!isRecord(message) || typeof message['broadcast'] !== 'boolean') return false;
  const { channel, event, data } = message;
  return typeof channel === 'string' && typeof event === 'string' && isRecord(data) && Object.hasOwn(data, event);
}

/** What the producer of an event said. Its type is a promise of the producer, not checked. */
export function payloadOf<Payload>({ data, event }: EventMessage<Payload>): Payload {
  return data[event] as Payload;
}

export function isPing(message: unknown): message is PingMessage {
  return isStatus(message) && message['event'] === 'ping';
}

export function isHandshake(message: unknown): message is HandshakeReply {
  return isStatus(message) && message['event'] === 'handshake';
}

export function isAck(message: unknown): message is AckReply {
  if (!isStatus(message) || !ACKNOWLEDGED.has(message['event'])) return false;
  return message['id'] !== undefined && resultCodeIn(message) === 200;
}

export function isAuthorize(message: unknown): message is AuthorizeReply {
  if (!isStatus(message) || (message['event'] !== 'authorize' && message['event'] !== 'unauthorize')) return false;
  return resultCodeIn(message) !== undefined;
}

export function isError(message: unknown): message is ErrorReply {
  if (!isStatus(message) || message['event'] !== 'error' || resultCodeIn(message) === undefined) return false;
  return typeof (message['data'] as Record<string, unknown>)['message'] === 'string';
}

export function isSent(message: unknown): message is SentReply {
  if (!isOn(CHAT_CHANNEL, message) || message['event'] !== 'send' || resultCodeIn(message) !== 200) return false;
  return typeof (message['data'] as Record<string, unknown>)['channelId'] === 'string';
}

export function isMarked(message: unknown): message is MarkedReply {
  if (!isOn(CHAT_CHANNEL, message) || message['event'] !== 'read') return false;
  return message['id'] !== undefined && resultCodeIn(message) === 200;
}

function isStatus(message: unknown): message is Record<string, unknown> {
  return isOn(STATUS_CHANNEL, message);
}

/** What bears `broadcast` is an event, whatever its channel. */
function isOn(channel: string, message: unknown): message is Record<string, unknown> {
  return isRecord(message) && message['channel'] === channel && !('broadcast' in message);
}

function resultCodeIn({ data }: Record<string, unknown>): number | undefined {
  return isRecord(data) && typeof data['resultCode'] === 'number' ? data['resultCode'] : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(frame: string): unknown {
  try {
    return JSON.parse(frame);
  } catch {
    return undefined;
  }
}
