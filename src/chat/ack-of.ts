import type { Ack } from '@hermes/protocol';
import type { Done } from './chat-writer.js';
import type { ChatWrite, Entry } from './model/index.js';

/** What is answered to a message, an edit or a deletion that was not refused; `ref` is the caller's to fill in. */
export function ackOf(write: ChatWrite, done: Done): Ack {
  const entry = entryOf(done);
  const ack = { ref: '', channelId: done.channelId, id: '', position: 0, at: write.at, duplicate: false };
  switch (entry?.kind) {
    case 'message': {
      const { id, position, sentAt: at } = entry.message;
      return { ...ack, id, position, at, duplicate: done.kind === 'duplicate' };
    }
    case 'changed':
      return { ...ack, position: entry.changed.position };
    default:
      // It was so already: nothing was stored now.
      return { ...ack, duplicate: true };
  }
}

/** A message to a new private channel comes behind the entry that begins it. */
function entryOf(done: Done): Entry | undefined {
  switch (done.kind) {
    case 'written':
      return done.entries.at(-1);
    case 'duplicate':
    case 'passing':
      return done.entry;
    case 'marked':
      return undefined;
  }
}
