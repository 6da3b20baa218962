/**
 * Where a provider crashed, without its message: that is free text of another team and may quote the token.
 */
export function crashReport(thrown: unknown): { readonly error: string; readonly at: string } {
  if (!(thrown instanceof Error)) return { error: typeof thrown, at: 'unknown' };
  const { message, stack = '' } = thrown;
  // A message may have lines that look like frames: only what follows it is read.
  const frames = stack.includes(message) ? stack.slice(stack.indexOf(message) + message.length) : '';
  return { error: thrown.constructor.name, at: /^\s+at (.+)$/m.exec(frames)?.[1] ?? 'unknown' };
}
