/** The database did not do what was asked, or not in time; nobody knows whether it was done. The message is for the operator. */
export class DatabaseUnavailable extends Error {
  constructor(
    message: string,
    /** SQLSTATE, when the server said one. */
    readonly state?: string,
  ) {
    super(message);
    this.name = 'DatabaseUnavailable';
  }
}

/** SQLSTATE of a write to a server that only reads: a standby, or what was the primary before a failover. */
const READS_ONLY = '25006';

/** What an error says, in one line and without credentials. */
export function sentenceOf(error: unknown): string {
  const text = error instanceof AggregateError ? error.errors.map(messageOf).join(', ') : messageOf(error);
  return (
    text
      .replaceAll(/\s+/g, ' ')
      .replaceAll(/\/\/[^/\s]*@/g, '//')
      .trim() || 'no reason given'
  );
}

/** SQLSTATE of an error that the server reported; undefined for all others, those of the connection among them. */
export function stateOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** Whether it says something about the server or the way to it, rather than about what was asked. */
export function isOutage(error: unknown): boolean {
  const state = stateOf(error);
  // Classes of SQLSTATE: connection, resources, operator intervention (but for a statement that took too long), system.
  return state === undefined || readsOnly(error) || (/^(08|53|57|58|XX)/.test(state) && state !== '57014');
}

/** Whether it says that the server only reads. */
export function readsOnly(error: unknown): boolean {
  return stateOf(error) === READS_ONLY;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
