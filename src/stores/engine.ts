import type { Dialect } from 'kysely';

/** A PostgreSQL, wherever it runs. */
export interface Engine {
  /** Makes ready what queries need. @throws when that fails; it may be tried again */
  open(): Promise<void>;

  /** How kysely speaks with it. @param lease milliseconds that one connection may be kept by one piece of work; 0: no limit */
  dialect(lease: number): Dialect;

  /** Nothing can be asked after it. */
  close(): Promise<void>;
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
