import {
  channelOf,
  positionOf,
  type ChatOutcome,
  type ChatSignal,
  type ChatWrite,
  type Entry,
} from '../model/index.js';
import { sizeOf } from './write-size.js';

/** What one signal carries at most, so that it stays well below what a bus takes. */
const MOST_ENTRIES = 128;
const MOST_BYTES = 128 * 1024;

interface Growth {
  readonly entries: Entry[];
  bytes: number;
}

/**
 * What the other nodes are told of a transaction: for each channel in the order in which it was committed, entries of
 * one channel together.
 */
export function signalsOf(writes: readonly ChatWrite[], outcomes: readonly ChatOutcome[]): readonly ChatSignal[] {
  const signals: ChatSignal[] = [];
  const growing = new Map<string, Growth>();
  const grow = (entries: readonly Entry[], bytes: number): void => {
    for (const entry of entries) {
      const channelId = channelOf(entry);
      const growth = growing.get(channelId);
      if (growth !== undefined && growth.entries.length < MOST_ENTRIES && growth.bytes + bytes <= MOST_BYTES) {
        growth.entries.push(entry);
        growth.bytes += bytes;
      } else {
        const next: Growth = { entries: [entry], bytes };
        growing.set(channelId, next);
        signals.push({ kind: 'entries', channelId, entries: next.entries });
      }
    }
  };
  for (const [index, write] of writes.entries()) {
    const outcome = outcomes[index];
    if (outcome === undefined) continue;
    if (outcome.kind === 'written' || outcome.kind === 'passing') grow(outcome.entries, sizeOf(write));
    const hint = hintOf(write, outcome);
    if (hint !== undefined) signals.push(hint);
  }
  return signals;
}

function hintOf(write: ChatWrite, outcome: ChatOutcome): ChatSignal | undefined {
  if (outcome.kind === 'duplicate') {
    // Whoever stored it may not have known that he had, and told nobody. Who has been told passes over this.
    return { kind: 'head', channelId: outcome.channelId, position: positionOf(outcome.entry) };
  }
  if (outcome.kind === 'passing' && outcome.entry.kind === 'message') {
    return { kind: 'passing', channelId: outcome.channelId, message: outcome.entry.message };
  }
  if (outcome.kind !== 'marked' || write.kind !== 'mark' || !outcome.moved || outcome.authors.length === 0) {
    return undefined;
  }
  const { channelId, position, authors: to } = outcome;
  return { kind: 'receipt', channelId, userId: write.by, mark: write.mark, position, at: write.at, to };
}
