import { isRecord, parseJson, textFrame, type EventEncoder } from '../../delivery/index.js';
import { PING_FRAME, type Command, type DecodedFrame, type Dialect, type Refusal } from '../websocket/index.js';
import type { Outcome, Status } from './outcome.js';
import { PassedOnRefusal } from './passed-on-refusal.js';

/** What is no answer to any command bears this in place of a request id. */
const NO_REQUEST = -1;
const MAX_NAME = 256;

/** Commands with a gateway method of their own; all others are those of back ends. */
const OWN = ['authentication', 'subscription'];
/** The gateway method that carries out the commands of back ends. */
export const BACK_END = 'backEnd';

const END = Buffer.from('}');

/** The dialect of wss, as PROTOCOL.md beside this file has it. */
export const commandsDialect: Dialect = {
  name: 'commands',
  // Sessions of this dialect subscribe to no channel: all that is encoded for them are pushes (push.ts).
  encoder: { encode: ({ name, channel, payload }) => pushFrame(name, channel, payload) } satisfies EventEncoder,
  ping: PING_FRAME,
  pongOptional: true,
  identityExpired: pushFrame('authentication', 'unauthorized', Buffer.from('null')),
  decode,
  reply,
  refusal,
};

function pushFrame(event: string, status: string, payload: Buffer): Buffer {
  const head = `{"rid":${NO_REQUEST},"event":${JSON.stringify(event)},"status":"${status}","payload":`;
  return textFrame(Buffer.from(head), payload, END);
}

function decode(text: string): DecodedFrame {
  const request = parseJson(text);
  if (!isRecord(request)) return bad('a request is a JSON object');
  const { rid, command, options } = request;
  if (!Number.isSafeInteger(rid) || rid === 0) return bad('rid must be an integer other than 0');
  if (typeof command !== 'string' || command === '' || command.length > MAX_NAME) {
    return bad(`command must be a string of 1 to ${MAX_NAME} characters`);
  }
  if (!isRecord(options)) return bad('options must be an object');
  const id = rid as number;
  if (OWN.includes(command)) return { ok: true, command: { name: command, id, body: options } };
  return { ok: true, command: { name: BACK_END, id, body: { command, options } } };
}

function reply({ id }: Pick<Command, 'id'>, result: unknown): string {
  const { event, status, payload } = result as Outcome;
  return `{"rid":${id},"event":${JSON.stringify(event)},"status":"${status}","payload":${payload}}`;
}

function refusal({ id }: Pick<Command, 'id'>, refused: Refusal): object | string {
  const { code, message } = refused;
  if (refused instanceof PassedOnRefusal) {
    return reply({ id }, { event: refused.command, status: statusOf(code), payload: refused.body } satisfies Outcome);
  }
  // The pipe that all gateways share calls the body of a command by its name in the Hermes protocol.
  const text = message.replaceAll(/(^|; )command\./g, '$1options.');
  const payload = { error: [{ Slug: slugOf(code), Message: text }], message: text };
  return { rid: id ?? NO_REQUEST, event: '', status: statusOf(code), payload };
}

function statusOf(code: number): Status {
  if (code === 401) return 'unauthorized';
  return code === 403 ? 'forbidden' : 'error';
}

function slugOf(code: number): string {
  return SLUGS.get(code) ?? 'Back-End-Error';
}

const SLUGS: ReadonlyMap<number, string> = new Map([
  [400, 'Invalid-Input'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [429, 'Too-Many-Requests'],
  [500, 'Internal-Error'],
  [503, 'Unavailable'],
]);

function bad(reason: string): DecodedFrame {
  return { ok: false, id: undefined, reason };
}
