/** What every Hermes node listens to: events that were published through one of them. */
export const BUS_SUBJECT = 'hermes.events';

const MAX_TOKENS = 32;

/** Why this is no subject to listen to; `*` stands for one token, a last `>` for one or more. */
export function subjectFault(subject: string): string | undefined {
  if (subject === '') return 'the subject is missing';
  if (/\s/.test(subject)) return 'a subject has no blanks';
  const tokens = subject.split('.');
  if (tokens.length > MAX_TOKENS) return `a subject has at most ${MAX_TOKENS} tokens`;
  if (tokens.includes('')) return 'a subject has no empty token';
  if (tokens.slice(0, -1).includes('>')) return '> can only be the last token';
  if (subject === BUS_SUBJECT) return `${subject} is Hermes's own and always listened to`;
  return undefined;
}

/** Whether there is a subject that both take in: its messages would come twice. */
export function overlap(one: string, other: string): boolean {
  const [left, right] = [one.split('.'), other.split('.')];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const [a, b] = [left[index], right[index]];
    if (a === undefined || b === undefined) return false;
    if (a === '>' || b === '>') return true;
    if (a !== b && a !== '*' && b !== '*') return false;
  }
  return true;
}

/** Of the server, of a client waiting for an answer, or of the bus: wide wildcards take these in, and nobody means them. */
export function isInternal(subject: string): boolean {
  return subject.startsWith('$') || subject.startsWith('_INBOX.') || subject === BUS_SUBJECT;
}
