/** What kind of trouble a request ended in. */
export type FaultKind =
  /** The broker could not be reached, went away or did not answer. */
  | 'connection'
  /** The log begins after the offset that was asked for, or ends before it. */
  | 'out_of_range'
  /** The topic or partition is not there. */
  | 'absent'
  /** The broker answered with another error: no permission, no longer the leader. */
  | 'refused'
  /** The messages cannot be read: damaged, or compressed in a way that is not known here. */
  | 'unreadable';

const UNREADABLE = /^(KafkaJS(NotImplemented|PartialMessageError|UnsupportedMagicByte)|RangeError)/;

/** Whatever is not known for something else counts as trouble with the connection, which costs nothing but time. */
export function kindOf(error: unknown): FaultKind {
  const { name, type, code } = fieldsOf(error);
  if (name === 'KafkaJSOffsetOutOfRange') return 'out_of_range';
  if (type === 'UNKNOWN_TOPIC_OR_PARTITION') return 'absent';
  // Refused logins bear a type as well, and are the broker's answer to the connection.
  if (type !== '') return type.includes('SASL') ? 'connection' : 'refused';
  return UNREADABLE.test(name) || code.startsWith('Z_') ? 'unreadable' : 'connection';
}

/** What an error says, in one line. */
export function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s+/g, ' ').trim() || 'no reason given';
}

function fieldsOf(error: unknown): Readonly<Record<'name' | 'type' | 'code', string>> {
  return { name: textAt(error, 'name'), type: textAt(error, 'type'), code: textAt(error, 'code') };
}

function textAt(error: unknown, field: string): string {
  if (typeof error !== 'object' || error === null) return '';
  const value: unknown = Reflect.get(error, field);
  return typeof value === 'string' ? value : '';
}
