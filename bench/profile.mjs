import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const TOP = 30;

/**
 * Prints where the processor time of Hermes went while it was measured, summed over the profiles of all runs.
 *
 * @param windows when it was measured; profiles and windows are on the same monotonic clock
 */
export function printProfile(folder, windows) {
  const total = new Map();
  for (const name of readdirSync(folder))
    addSelfTimes(total, JSON.parse(readFileSync(join(folder, name), 'utf8')), windows);
  total.delete('(idle)');
  const sum = [...total.values()].reduce((a, b) => a + b, 0);
  console.log(`\nself time of Hermes while it was measured, of ${(sum / 1e6).toFixed(2)} s on a processor:`);
  const ranked = [...total].toSorted(([, a], [, b]) => b - a).slice(0, TOP);
  for (const [place, microseconds] of ranked)
    console.log(`${((100 * microseconds) / sum).toFixed(1).padStart(6)} %  ${place}`);
}

function addSelfTimes(total, { nodes, samples, timeDeltas, startTime }, windows) {
  const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  let at = startTime;
  samples.forEach((id, i) => {
    at += timeDeltas[i];
    if (!windows.some(({ began, ended }) => at > began / 1_000 && at < ended / 1_000)) return;
    const place = places.get(id);
    total.set(place, (total.get(place) ?? 0) + Math.max(0, timeDeltas[i]));
  });
}

function placeOf({ functionName, url, lineNumber }) {
  if (url === '') return functionName || '(anonymous)';
  const file = url.split('/').slice(-2).join('/');
  return `${functionName || '(anonymous)'}  ${file}:${lineNumber + 1}`;
}
