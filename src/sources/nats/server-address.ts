import type { ConnectionOptions } from '@nats-io/transport-node';
import { commaList } from '../../config/index.js';

/** What the client needs to know of where the servers are and who Hermes is to them. */
export type ServerAddress = Pick<ConnectionOptions, 'servers' | 'user' | 'pass' | 'token' | 'tls'>;

/** The client takes no credentials from URLs. All servers of a cluster know the same ones: the first that has some counts. */
export function serverAddressOf(urls: string): ServerAddress {
  const servers = commaList(urls).map((text) => new URL(text));
  const { username = '', password = '' } = servers.find((url) => url.username !== '') ?? {};
  return {
    servers: servers.map(({ hostname, port }) => `${hostname}:${port || '4222'}`),
    ...credentials(decodeURIComponent(username), decodeURIComponent(password)),
    ...(servers.some(({ protocol }) => protocol === 'tls:') ? { tls: {} } : {}),
  };
}

function credentials(user: string, pass: string): Pick<ServerAddress, 'user' | 'pass' | 'token'> {
  if (user === '') return {};
  return pass === '' ? { token: user } : { user, pass };
}
