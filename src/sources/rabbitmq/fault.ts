/** What an error says, in one line and without credentials. */
export function sentenceOf(error: unknown): string {
  const text = textOf(error).replaceAll(/\s+/g, ' ').trim();
  return withoutCredentials(text) || 'no reason given';
}

/** The broker said no to one request, and everything else goes on. */
export class Refusal extends Error {
  /** @param code the reply code of AMQP; undefined when the broker could not even be asked */
  constructor(
    reason: string,
    readonly code: number | undefined,
  ) {
    super(reason);
    this.name = 'Refusal';
  }
}

/** An error with a reply code is a refusal; any other means that the connection is gone, and stays what it is. */
export function refusalOr(error: unknown): unknown {
  const code: unknown = isRecord(error) ? error['code'] : undefined;
  return typeof code === 'number' ? new Refusal(sentenceOf(error), code) : error;
}

function textOf(error: unknown): string {
  if (!isRecord(error)) return error === undefined ? '' : String(error);
  // A host name with several addresses fails with one error for each, and nothing to say itself.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(textOf).join(', ');
  return error instanceof Error ? error.message : JSON.stringify(error);
}

function withoutCredentials(text: string): string {
  return text.replaceAll(/\/\/[^/\s]*@/g, '//');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
