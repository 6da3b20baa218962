import { commaList } from './units.js';

/**
 * Reads one or several URLs of servers, comma separated, and gives them back as they are.
 *
 * @param protocols such as `nats:`
 * @param example one that is as it should be
 */
export function urlList(protocols: readonly string[], example: string): (text: string) => string {
  return (text) => {
    const urls = commaList(text);
    if (urls.length === 0 || !urls.every((url) => isServer(url, protocols))) {
      throw new Error(`must be a URL such as ${example}`);
    }
    if (!urls.every(isReadable)) throw new Error('has a % that begins no character: write it as %25');
    return text;
  };
}

function isServer(text: string, protocols: readonly string[]): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocols.includes(protocol) && hostname !== '';
}

/** Whether what is written in it for other characters stands for any: a password as it is may hold a %. */
function isReadable(text: string): boolean {
  const { username, password, pathname } = new URL(text);
  try {
    for (const part of [username, password, pathname]) decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}
