import { createHash } from 'node:crypto';
import type { ChatWrite } from './chat-write.js';

/** The two users of a write that is about their private channel, as one text; null when it is about no such channel. */
export function pairOfWrite(write: ChatWrite): string | null {
  if (write.kind === 'send') return 'recipient' in write.to ? pairOf(write.by, write.to.recipient) : null;
  const [other] = write.kind === 'create' && write.type === 'PRIVATE' ? write.members : [];
  return other === undefined ? null : pairOf(write.by, other.userId);
}

/** What stands for two users, whichever of them asks. Short, however long their ids: it is the key of an index. */
function pairOf(one: string, other: string): string {
  const sorted = JSON.stringify([one, other].sort());
  return createHash('sha256').update(sorted).digest('base64url');
}
