import { isStorable } from '../../delivery/index.js';

/** Keys of indexes are bounded, and user ids are parts of them. */
const LONGEST_ID = 512;
const IDS = new Set(['by', 'userId', 'recipient', 'id', 'channelId']);

/** What in a record cannot be stored, wherever in it; one such text would have a whole batch refused. */
export function faultOfText(value: unknown, name = ''): string | undefined {
  if (typeof value === 'string') {
    if (!isStorable(value)) return `${fieldOf(name)}: must not contain the character U+0000 or half a character`;
    if (IDS.has(name) && value.length > LONGEST_ID) return `${fieldOf(name)}: at most ${LONGEST_ID} characters`;
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, part] of Object.entries(value)) {
    const fault = faultOfText(part, Array.isArray(value) ? name : key);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** As clients know it. */
function fieldOf(name: string): string {
  return name === 'by' ? 'user_id' : name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
