/** What an error says, in one line and without credentials. */
export function sentenceOf(error: unknown): string {
  const text = textOf(error).replaceAll(/\s+/g, ' ').trim();
  return text.replaceAll(/\/\/[^/\s]*@/g, '//') || 'no reason given';
}

function textOf(error: unknown): string {
  if (!isRecord(error)) return error === undefined ? '' : String(error);
  // The library says little; what the system said is in the cause.
  if (isRecord(error['cause'])) return textOf(error['cause']);
  const { message, errors } = error;
  // A host name with several addresses fails with one error for each, and nothing to say itself.
  if (Array.isArray(errors) && message === '') return errors.map(textOf).join(', ');
  return typeof message === 'string' ? message : JSON.stringify(error);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
