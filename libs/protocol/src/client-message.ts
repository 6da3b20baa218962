import { CHAT_CHANNEL, STATUS_CHANNEL } from './address.js';
import type { ChannelPosition, NewMessage } from './chat.js';

/** Chosen by the client; its answer bears the same. */
export type CommandId = string | number;

/** Which events to get. Each name has 1 to 256 characters. */
export interface Subscription {
  /** A channel, or `***` for all. */
  readonly channel: string;
  /** Absent, empty or `***`: every event of the channel. */
  readonly event?: string | undefined;
}

/** An event name to silence on every channel, until a subscription names exactly that event. */
export interface Mute {
  readonly event: string;
}

/** Who the client claims to be. */
export interface Credentials {
  /** Passed to the provider as it is; at most 32 KiB. */
  readonly token: string;
  /** Chooses the AuthProvider. */
  readonly origin: string;
  /** Counts only once the provider has verified it. */
  readonly role?: string | undefined;
}

/** What each command takes; undefined for those that take nothing. */
export interface CommandBodies {
  readonly handshake: undefined;
  readonly subscribe: Subscription;
  /** Without `event` all subscriptions to the channel are taken back. */
  readonly unsubscribe: Subscription;
  readonly mute: Mute;
  /** Asks for every kept event that the session may see. */
  readonly cache: undefined;
  readonly authorize: Credentials;
  readonly unauthorize: undefined;
  /** The answer to a ping. */
  readonly pong: undefined;
}

export type CommandName = keyof CommandBodies;

/** One command on the wire. */
export interface CommandMessage<Name extends CommandName> {
  readonly channel: typeof STATUS_CHANNEL;
  readonly event: Name;
  readonly command?: CommandBodies[Name];
  readonly id?: CommandId | undefined;
}

/** What each command of chat takes, which is what `chat.proto` calls by the same names. */
export interface ChatCommandBodies {
  readonly send: NewMessage;
  /** Everything up to this position has been read by the session's user. */
  readonly read: ChannelPosition;
}

export type ChatCommandName = keyof ChatCommandBodies;

/** One command of chat on the wire. */
export interface ChatCommandMessage<Name extends ChatCommandName> {
  readonly channel: typeof CHAT_CHANNEL;
  readonly event: Name;
  readonly command: ChatCommandBodies[Name];
  readonly id?: CommandId | undefined;
}

/** Everything a client may send. */
export type ClientMessage =
  | { [Name in CommandName]: CommandMessage<Name> }[CommandName]
  | { [Name in ChatCommandName]: ChatCommandMessage<Name> }[ChatCommandName];

/**
 * A command, ready for `JSON.stringify`.
 *
 * @param id without one `subscribe`, `unsubscribe`, `mute` and `cache` are not answered when they succeed
 */
export function commandMessage<Name extends CommandName>(
  event: Name,
  command: CommandBodies[Name],
  id?: CommandId,
): CommandMessage<Name> {
  return { channel: STATUS_CHANNEL, event, command, id };
}

/**
 * A command of chat, ready for `JSON.stringify`.
 *
 * @param id without one `read` is not answered when it succeeds; `send` always is
 */
export function chatCommandMessage<Name extends ChatCommandName>(
  event: Name,
  command: ChatCommandBodies[Name],
  id?: CommandId,
): ChatCommandMessage<Name> {
  return { channel: CHAT_CHANNEL, event, command, id };
}
