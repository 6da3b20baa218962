import { execFileSync } from 'node:child_process';
import { waitFor } from '../wait-for.js';
import type { Product } from './product.js';

/** The processes that share the port, by their ids; none while there are none. */
export function workersOf({ pid }: Product): number[] {
  // All processes, of which some are ours: `ps --ppid` would fail while there are none.
  const listed = execFileSync('ps', ['-A', '-o', 'ppid=,pid='], { encoding: 'utf8' });
  const pairs = listed
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.flatMap(([parent, child = 0]) => (parent === pid ? [child] : []));
}

/** Stops one of two workers before it has started, as a machine does that is busy. Returns its id. */
export async function freezeOneThatBoots(product: Product): Promise<number> {
  const [late = 0] = await waitFor('both workers to be there', () => {
    const workers = workersOf(product);
    return workers.length === 2 && workers;
  });
  process.kill(late, 'SIGSTOP');
  return late;
}
