import { WILDCARD, isReservedChannel } from '@hermes/protocol';
import { MAX_NAME } from '../index.js';

/** One topic this node reads, and what its messages become. */
export type TopicMapping =
  /** Events by their headers, as from every broker. */
  | { readonly kind: 'headers'; readonly topic: string }
  /** Every message is this event, for everybody. */
  | { readonly kind: 'fixed'; readonly topic: string; readonly channel: string; readonly event: string }
  /** `{"type","document"}`: the type is the event and the whole message its payload, for everybody or for no client. */
  | {
      readonly kind: 'wss';
      readonly topic: string;
      readonly channel: string;
      readonly visibility: 'broadcast' | 'internal';
    };

/** The channel of the messages that name none themselves. */
export function channelOf(mapping: TopicMapping): string {
  return mapping.kind === 'headers' ? mapping.topic : mapping.channel;
}

/** A mapping, or the sentence that says what is wrong with it. */
type Read = TopicMapping | string;

const MAX_TOPIC = 249;
const FORMS = 'headers, channel=<channel>/<event>, wss[=<channel>] or wss-internal[=<channel>]';

/**
 * Reads `topic[:mapping]`, comma separated: `news`, `orders:channel=orders/changed`, `live:wss`.
 *
 * @throws {Error} with every fault, each naming its entry
 */
export function parseTopicMappings(text: string): readonly TopicMapping[] {
  const entries = text.split(',').map((entry) => entry.trim());
  const mappings: TopicMapping[] = [];
  const faults: string[] = [];
  for (const entry of entries) {
    const read = mappingOf(entry);
    const fault = typeof read === 'string' ? read : conflictOf(read, mappings);
    if (fault !== undefined) faults.push(`entry ${JSON.stringify(entry)}: ${fault}`);
    else if (typeof read !== 'string') mappings.push(read);
  }
  if (faults.length > 0) throw new Error(faults.join('; '));
  return mappings;
}

function mappingOf(entry: string): Read {
  const colon = entry.indexOf(':');
  const topic = (colon === -1 ? entry : entry.slice(0, colon)).trim();
  const rule = colon === -1 ? '' : entry.slice(colon + 1).trim();
  const fault = faultOfTopic(topic);
  if (fault !== undefined) return fault;
  if (rule !== '' && rule !== 'headers') return ruled(topic, rule);
  return faultOfName('channel', topic) ?? { kind: 'headers', topic };
}

function ruled(topic: string, rule: string): Read {
  const [word = '', value] = split(rule, rule.indexOf('='));
  if (word === 'channel') return fixed(topic, value ?? '');
  if (word !== 'wss' && word !== 'wss-internal') return `the mapping must be ${FORMS}, got ${JSON.stringify(rule)}`;
  const channel = value ?? topic;
  const visibility = word === 'wss' ? 'broadcast' : 'internal';
  return faultOfName('channel', channel) ?? { kind: 'wss', topic, channel, visibility };
}

/** A channel may hold slashes, an event may not. */
function fixed(topic: string, value: string): Read {
  const [channel = '', event] = split(value, value.lastIndexOf('/'));
  if (event === undefined) return `channel= needs a channel and an event, as in ${topic}:channel=${topic}/changed`;
  return faultOfName('channel', channel) ?? faultOfName('event', event) ?? { kind: 'fixed', topic, channel, event };
}

function split(text: string, at: number): readonly [string, string?] {
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function faultOfTopic(topic: string): string | undefined {
  if (topic === '') return 'the name of the topic is missing';
  if (topic.length > MAX_TOPIC) return `the name of the topic is longer than ${MAX_TOPIC} characters`;
  if (!/^[\w.-]+$/.test(topic) || topic === '.' || topic === '..') {
    return 'the name of a topic has letters, digits, dots, dashes and underscores only';
  }
  return undefined;
}

function faultOfName(what: string, name: string): string | undefined {
  if (name === '') return `the name of the ${what} is missing`;
  if (name === WILDCARD) return `${WILDCARD} means every ${what} and cannot be one`;
  if (what === 'channel' && isReservedChannel(name)) return `${name} is a channel of Hermes's own: choose another`;
  return name.length > MAX_NAME ? `the name of the ${what} is longer than ${MAX_NAME} characters` : undefined;
}

function conflictOf({ topic }: TopicMapping, earlier: readonly TopicMapping[]): string | undefined {
  return earlier.some((mapping) => mapping.topic === topic) ? 'the topic is in an earlier entry' : undefined;
}
