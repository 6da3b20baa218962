import {
  ChatStoreUnavailable,
  type ChatOutcome,
  type ChatStore,
  type ChatWrite,
} from '../../../src/chat/model/index.js';
import { setTimeout as pause } from 'node:timers/promises';

/** Writes until the store says what became of it, as a client does that is told to send the same again. */
export async function persistently(store: ChatStore, write: ChatWrite): Promise<ChatOutcome> {
  for (;;) {
    try {
      const [outcome] = await store.write([write]);
      if (outcome !== undefined) return outcome;
    } catch (error) {
      if (!(error instanceof ChatStoreUnavailable)) throw error;
      await pause(20);
    }
  }
}

/** @returns the position under which a message has been stored, now or before */
export function positionIn(outcome: ChatOutcome): number {
  if (outcome.kind !== 'written' && outcome.kind !== 'duplicate') throw new Error(`not stored: ${outcome.kind}`);
  const entry = outcome.kind === 'duplicate' ? outcome.entry : outcome.entries.at(-1);
  if (entry?.kind !== 'message') throw new Error('not a message');
  return entry.message.position;
}
