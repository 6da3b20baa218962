import type { Dialect } from 'kysely';

/** A PostgreSQL, wherever it runs. */
export interface Engine {
  /** Makes ready what queries need. @throws when that fails; it may be tried again */
  open(): Promise<void>;

  /** Connections that are there may lead to a server that is not the right one any more: they are not used again. */
  renew(): void;

  /** How kysely speaks with it. @param lease milliseconds that one connection may be kept by one piece of work; 0: no limit */
  dialect(lease: number): Dialect;

  /** Nothing can be asked after it. */
  close(): Promise<void>;
}

/** Asks whether a connection leads to a server that only reads: `on` or `off`, as `reads_only`. */
export const ASK_READS_ONLY = `select current_setting('transaction_read_only') as reads_only`;

/** @throws when it does: what is read there may be old, and nothing can be written */
export function demandWrites([row]: readonly { readonly reads_only: string }[]): void {
  if (row?.reads_only === 'on') throw new Error('the database only reads: it is a standby, or was made read-only');
}

/**
 * Settings of every connection: each query has its index, in whose order it reads no more than it needs. A plan that reads
 * a whole table, or all that matches so as to sort it, is never wanted; the planner would choose one while a table is small
 * or has not been counted, and keep it while the table grows.
 */
export const PLANS: readonly string[] = [
  'set enable_seqscan = off',
  'set enable_bitmapscan = off',
  'set enable_hashjoin = off',
  'set enable_mergejoin = off',
  'set enable_material = off',
  'set jit = off',
];
