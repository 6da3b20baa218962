import { isStorable, isWellFormedName } from '../../delivery/index.js';

/** Longer than any name that a producer can address; counted in UTF-16. */
const MAX_NAME = 256;

/**
 * What keeps a text from being the name of a user or a role; undefined when nothing does. It is stored, and compared with
 * names that came over brokers, so two users must not become one on the way.
 */
export function faultOfName(name: unknown): string | undefined {
  if (typeof name !== 'string') return 'must be a text';
  if (name.length > MAX_NAME) return `must have at most ${MAX_NAME} characters, counted in UTF-16`;
  if (!isStorable(name)) return 'must not contain the character U+0000 or half a character';
  return isWellFormedName(name) ? undefined : 'must not contain U+FFFD, which stands for what could not be read';
}

/** As {@link faultOfName}, for a user, who must have a name that can be seen. */
export function faultOfUserId(userId: unknown): string | undefined {
  return faultOfName(userId) ?? ((userId as string).trim() === '' ? 'must not be empty or blank' : undefined);
}
