/** What a client subscribes to: the text and the number that look alike are two topics. */
export type Topic = string | number;

const NUMBER = 'number:';
const STRING = 'string:';
const LOOKS_NUMERIC = /^(?:string:)*number:(.+)$/;

/**
 * The channel of a topic: the text itself, and `number:7` for the number 7. No two topics share a channel: a text that
 * would be taken for a number's channel gets `string:` in front.
 */
export function channelOf(topic: Topic): string {
  if (typeof topic === 'number') return NUMBER + String(topic);
  return looksNumeric(topic) ? STRING + topic : topic;
}

/** The topic that is on this channel. */
export function topicOf(channel: string): Topic {
  if (!looksNumeric(channel)) return channel;
  return channel.startsWith(NUMBER) ? Number(channel.slice(NUMBER.length)) : channel.slice(STRING.length);
}

function looksNumeric(text: string): boolean {
  const number = LOOKS_NUMERIC.exec(text)?.[1];
  return number !== undefined && Number.isFinite(Number(number)) && String(Number(number)) === number;
}
