import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { commaList } from '../../config/index.js';

/** Who the servers of these URLs are to be by their certificates, as `tls.connect` takes it. */
export interface ServerIdentity {
  readonly checkServerIdentity: (host: string, certificate: PeerCertificate) => Error | undefined;
}

/** What Node takes for the name of a server that it was told none of. */
const UNNAMED = 'localhost';

/**
 * The client tells Node the name of a server, and nothing of one that is known by its address alone: its certificate would be
 * held against `localhost`. Here it is held against the addresses in the URLs.
 */
export function serverIdentityOf(urls: string): ServerIdentity {
  const hosts = commaList(urls).map((text) => new URL(text).hostname.replace(/^\[|\]$/g, ''));
  const unnamed = hosts.filter((host) => isIP(host) > 0 || host === UNNAMED);
  return {
    checkServerIdentity: (host, certificate) => {
      const names = host === UNNAMED && unnamed.length > 0 ? unnamed : [host];
      const faults = names.map((name) => checkServerIdentity(name, certificate));
      return faults.includes(undefined) ? undefined : faults[0];
    },
  };
}
