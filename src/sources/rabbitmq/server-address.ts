import { credentials, type Options } from 'amqplib';
import { readTlsFiles, type TlsMaterial } from '../../config/index.js';
import type { RabbitMqConfig } from './rabbitmq.config.js';

const CONNECT_TIMEOUT = 10_000;

/** Settings of the connection that a URI may carry behind its question mark. */
const NUMBERS = ['heartbeat', 'frameMax'] as const;

/** Where a broker is and who Hermes is to it. */
export interface ServerAddress {
  readonly server: Options.Connect;
  /** Hermes proves who it is by its certificate, not by a password. */
  readonly byCertificate: boolean;
}

/** What every connection to the broker is opened with. */
export interface SocketOptions extends TlsMaterial {
  readonly noDelay: true;
  readonly timeout: number;
  readonly credentials?: ReturnType<typeof credentials.external>;
  readonly clientProperties?: Readonly<Record<string, string>>;
}

/** @throws Error when a file with a certificate cannot be read */
export function socketOptions({ uris, tls }: RabbitMqConfig): SocketOptions {
  const byCertificate = uris.some((uri) => serverAddressOf(uri).byCertificate);
  return {
    // With Nagle's algorithm an event waits for the acknowledgement before it: 22 ms instead of half a millisecond.
    noDelay: true,
    timeout: CONNECT_TIMEOUT,
    ...readTlsFiles(tls),
    ...(byCertificate ? { credentials: credentials.external() } : {}),
  };
}

/**
 * Reads a URI as RabbitMQ's own clients do. The library would take the percent-encoded bytes of a password for characters
 * of Latin-1, so that none outside of ASCII works; here they are UTF-8.
 *
 * @param uri checked by the settings
 */
export function serverAddressOf(uri: string): ServerAddress {
  const { protocol, hostname, port, username, password, pathname, searchParams } = new URL(uri);
  const server: Options.Connect = {
    protocol: protocol.slice(0, -1),
    hostname: hostname.replace(/^\[|\]$/g, ''),
    // The library decodes the name of the virtual host itself.
    vhost: pathname.slice(1),
  };
  if (port !== '') server.port = Number(port);
  if (username !== '' || password !== '') {
    server.username = decodeURIComponent(username);
    server.password = decodeURIComponent(password);
  }
  for (const name of NUMBERS) {
    const value = searchParams.get(name);
    if (value !== null && /^\d+$/.test(value)) server[name] = Number(value);
  }
  return { server, byCertificate: searchParams.get('auth_mechanism')?.toLowerCase() === 'external' };
}
