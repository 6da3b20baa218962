import { isRecord } from '../../delivery/index.js';
import { contentOf, type ChatSignal, type SignalKind } from '../model/index.js';

/** Characters of an id of a user or a channel, with room to spare. */
const LONGEST_ID = 512;
/** Entries of one signal, users whom a receipt is for, channels that are told of a coming or going. */
const MOST = 100_000;

type Check = (value: unknown) => boolean;
type Form = Readonly<Record<string, Check>>;

const id: Check = (value) => typeof value === 'string' && value !== '' && value.length <= LONGEST_ID;
const text: Check = (value) => typeof value === 'string';
const flag: Check = (value) => typeof value === 'boolean';
const number: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const oneOf =
  (...words: string[]): Check =>
  (value) =>
    words.includes(value as string);
const list =
  (item: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length <= MOST && value.every(item);
const record =
  (form: Form): Check =>
  (value) =>
    isRecord(value) && Object.entries(form).every(([name, check]) => check(value[name]));

const attachment = record({ url: text, type: text, name: text, size: number });
const permissions = record({ read: flag, write: flag, manage: flag });
const member = record({ userId: id, permissions, delivered: number, read: number });
const message = record({
  channelId: id,
  position: number,
  id: text,
  sender: id,
  body: text,
  parent: number,
  attachments: list(attachment),
  sentAt: number,
  editedAt: number,
  deletedAt: number,
});
const changed = record({ channelId: id, position: number, by: id, message });
const membership = record({
  channelId: id,
  position: number,
  kind: oneOf('ADDED', 'REMOVED', 'LEFT', 'PERMISSIONS'),
  by: id,
  members: list(member),
  at: number,
});
const CONTENT: Form = { message, changed, membership };
const entry: Check = (value) => {
  const { kind } = isRecord(value) ? value : {};
  return typeof kind === 'string' && Object.hasOwn(CONTENT, kind) && record({ [kind]: CONTENT[kind] as Check })(value);
};

const FORMS: Readonly<Record<SignalKind, Form>> = {
  entries: { channelId: id, entries: list(entry) },
  head: { channelId: id, position: number },
  passing: { channelId: id, message },
  receipt: {
    channelId: id,
    userId: id,
    mark: oneOf('DELIVERED', 'READ'),
    position: number,
    at: number,
    to: list(id),
  },
  typing: { channelId: id, userId: id },
  presence: { userId: id, online: flag, lastSeen: number, channels: list(id) },
};

/**
 * What comes over the bus, as far as it is a signal of chat.
 *
 * @returns `unknown` for a kind that another version may know; undefined for what is no signal, or not whole, or of
 * entries that do not follow one another in one channel
 */
export function readSignal(value: unknown): ChatSignal | 'unknown' | undefined {
  if (!isRecord(value) || typeof value['kind'] !== 'string') return undefined;
  const { kind } = value;
  if (!Object.hasOwn(FORMS, kind)) return 'unknown';
  if (!record(FORMS[kind as SignalKind])(value)) return undefined;
  const signal = value as unknown as ChatSignal;
  return isOfOneChannel(signal) ? signal : undefined;
}

function isOfOneChannel(signal: ChatSignal): boolean {
  if (signal.kind === 'passing') return signal.message.channelId === signal.channelId;
  if (signal.kind !== 'entries') return true;
  const contents = signal.entries.map(contentOf);
  const first = contents[0]?.position ?? 1;
  return first > 0 && contents.every(isNext(signal.channelId, first));
}

function isNext(channel: string, first: number) {
  return ({ channelId, position }: { readonly channelId: string; readonly position: number }, index: number): boolean =>
    channelId === channel && position === first + index;
}
