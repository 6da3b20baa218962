/** What kind of trouble a request ended in. */
export type FaultKind =
  /** The broker could not be reached, went away or did not answer. */
  | 'connection'
  /** The log begins after the offset that was asked for, or ends before it. */
  | 'out_of_range'
  /** The topic or partition is not there. */
  | 'absent'
  /** The broker answered with another error: no permission, no longer the leader. */
  | 'refused';

const KINDS: ReadonlyMap<string, FaultKind> = new Map([
  ['OFFSET_OUT_OF_RANGE', 'out_of_range'],
  ['UNKNOWN_TOPIC_OR_PARTITION', 'absent'],
]);
/** Errors wrap errors; a chain without an end must not hang a node. */
const DEEPEST = 5;

/** What the broker answered instead of what it was asked for. */
export class Refusal extends Error {
  readonly kind: FaultKind;

  /** @param id the name of the error in the protocol */
  constructor(id: string, text: string) {
    super(`${id}: ${text}`);
    this.kind = KINDS.get(id) ?? 'refused';
  }
}

/** Whatever is not known for something else counts as trouble with the connection, which costs nothing but time. */
export function kindOf(error: unknown): FaultKind {
  return error instanceof Refusal ? error.kind : 'connection';
}

/** What an error says, and what those say that led to it, in one line. */
export function sentenceOf(error: unknown): string {
  const sentences: string[] = [];
  let cause: unknown = error;
  for (let depth = 0; depth < DEEPEST && cause !== undefined && cause !== null; depth++) {
    const text = cause instanceof Error ? cause.message : String(cause);
    const sentence = text.replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '');
    if (sentence !== '' && !sentences.includes(sentence)) sentences.push(sentence);
    cause = causeOf(cause);
  }
  return sentences.join(': ') || 'no reason given';
}

function causeOf(error: unknown): unknown {
  if (error instanceof AggregateError) return error.errors[0];
  return error instanceof Error ? (error.cause ?? Reflect.get(error, 'serverErrorMessage')) : undefined;
}
