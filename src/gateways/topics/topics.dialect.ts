import {
  WILDCARD,
  isRecord,
  member,
  parseJson,
  textFrame,
  type EventEncoder,
  type HermesEvent,
} from '../../delivery/index.js';
import { PING_FRAME, type Command, type DecodedFrame, type Dialect, type Refusal } from '../websocket/index.js';
import { channelOf, type Topic } from './topic.js';
import type { TopicCommand } from './topics.commands.js';

const MAX_CHANNEL = 256;

/** The sentences of the original server, to the letter. */
const GREETING =
  "Connected to HERMES WebSocket server. Send {'type': 'subscribe', 'topic': 'stock:TICKER'} to subscribe.";
const NOT_JSON = 'Message must be valid JSON.';
const MALFORMED =
  "Malformed message or unknown type. Expected {'type': 'subscribe/unsubscribe', 'topic': '...' } " +
  "or {'topic': '...', 'data': {...}}";

export const WELCOME = frameOf({ type: 'info', message: GREETING });

/** The protocol of the topic broker, as PROTOCOL.md beside this file has it. */
export const topicsDialect: Dialect = {
  name: 'topics',
  encoder: { encode: ({ payload }: HermesEvent) => textFrame(payload) } satisfies EventEncoder,
  ping: PING_FRAME,
  identityExpired: frameOf(error('The authorization has expired', 401)),
  decode,
  reply,
  refusal,
};

function decode(text: string): DecodedFrame {
  const message = parseJson(text);
  if (message === undefined) return bad(NOT_JSON);
  if (!isRecord(message)) return bad(failure('a message must be a JSON object'));
  const name = commandOf(message);
  if (name === undefined) return bad(MALFORMED);
  if (name === 'authorize') return { ok: true, command: { name, id: undefined, body: message } };
  const { topic } = message;
  if (!isTopic(topic)) return bad(failure('topic must be a string, or a number that JavaScript can hold'));
  const channel = channelOf(topic);
  if (channel === WILDCARD) return bad(failure(`topic must not be ${WILDCARD}, which means every one`));
  if (channel.length > MAX_CHANNEL) return bad(failure(`topic must not be longer than ${MAX_CHANNEL} characters`));
  const data = name === 'publish' ? member(text, 'data') : undefined;
  return { ok: true, command: { name, id: undefined, body: { topic, channel, data } } };
}

/** In the order in which the original asked: `data` with a topic is a publish whatever else its type says. */
function commandOf(message: Record<string, unknown>): string | undefined {
  const { type, topic } = message;
  const named = isTruthy(topic);
  if (named && (type === 'subscribe' || type === 'unsubscribe')) return type;
  if (named && Object.hasOwn(message, 'data')) return 'publish';
  return type === 'authorize' ? type : undefined;
}

function reply({ name, body }: Command): object | undefined {
  const { topic } = body as Partial<TopicCommand>;
  switch (name) {
    case 'subscribe':
      return { type: 'ack_subscribe', topic, message: `Successfully subscribed to ${topic}` };
    case 'unsubscribe':
      return { type: 'ack_unsubscribe', topic, message: `Successfully unsubscribed from ${topic}` };
    case 'authorize':
      return { type: 'ack_authorize', code: 200, message: 'Successfully authorized' };
    default:
      return undefined;
  }
}

/** Only an authorize that failed bears its code: the other errors are what the original's clients compare. */
function refusal({ name }: Partial<Command>, { code, message }: Refusal): object {
  // The fields of an authorize stand at the top of the message, not in a command of their own.
  if (name === 'authorize') return error(message.replaceAll('command.', ''), code);
  return error(message);
}

/** The shape in which the original passed on what its interpreter said. */
export function failure(sentence: string): string {
  return `Server error processing message: ${sentence}`;
}

function error(message: string, code?: number): object {
  return { type: 'error', ...(code === undefined ? undefined : { code }), message };
}

function frameOf(message: object): Buffer {
  return textFrame(Buffer.from(JSON.stringify(message)));
}

function bad(reason: string): DecodedFrame {
  return { ok: false, id: undefined, reason };
}

function isTopic(value: unknown): value is Topic {
  return typeof value === 'string' || (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER);
}

/** As the original's language has it: what is empty counts as absent too. */
function isTruthy(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}
