import type { ChatWrite } from '../model/index.js';

/** What a write takes beside its text, in bytes. */
const FRAME = 256;

/** About how many bytes of memory, and of a statement, a write takes. */
export function sizeOf(write: ChatWrite): number {
  switch (write.kind) {
    case 'send':
    case 'edit':
      return FRAME + Buffer.byteLength(write.body) + attachedBytes(write.attachments);
    case 'create':
    case 'add':
      return FRAME + write.members.reduce((bytes, { userId }) => bytes + userId.length + 64, 0);
    case 'delete':
    case 'remove':
    case 'permit':
    case 'mark':
      return FRAME;
  }
}

function attachedBytes(attachments: readonly { url: string; type: string; name: string }[]): number {
  return attachments.reduce((bytes, { url, type, name }) => bytes + url.length + type.length + name.length + 32, 0);
}
