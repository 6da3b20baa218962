import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

/** Paths of PEM files with which Hermes speaks TLS to a server; empty: none. */
export interface TlsFiles {
  /** The authorities that the server's certificate is checked against, in place of those that Node knows. */
  readonly ca: string;
  /** The certificate that Hermes shows, and its key. */
  readonly cert: string;
  readonly key: string;
}

/** What is in them, as `tls.connect` takes it. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/**
 * Reads the files. Done for each connection, so that files which are renewed need no restart.
 *
 * @throws Error when one of them cannot be read
 */
export function readTlsFiles({ ca, cert, key }: TlsFiles): TlsMaterial {
  return {
    ...(ca === '' ? {} : { ca: readFileSync(ca, 'utf8') }),
    ...(cert === '' ? {} : { cert: readFileSync(cert, 'utf8') }),
    ...(key === '' ? {} : { key: readFileSync(key, 'utf8') }),
  };
}

/**
 * What is wrong with the files at start, as sentences that name the variable.
 *
 * @param server what the names of the three variables have between `HERMES_` and `_TLS_CA`, such as `RABBITMQ`
 * @param plain why they would not be used, such as `is of no use with amqp://: use amqps://`; undefined when they are
 */
export function tlsFaults(server: string, files: TlsFiles, plain: string | undefined): string[] {
  const prefix = `HERMES_${server}_TLS`;
  const named = Object.entries(files).filter(([, path]) => path !== '');
  if (plain !== undefined) return named.map(([what]) => `${prefix}_${what.toUpperCase()}: ${plain}`);
  if ((files.cert === '') !== (files.key === '')) return [`${prefix}_CERT and ${prefix}_KEY: set both, or neither`];
  for (const [what, path] of named) {
    try {
      if (/-----BEGIN [A-Z ]+-----/.test(readFileSync(path, 'utf8'))) continue;
      return [`${prefix}_${what.toUpperCase()}: ${path} is not a PEM file`];
    } catch (error) {
      return [`${prefix}_${what.toUpperCase()}: ${(error as Error).message}`];
    }
  }
  return unusable(prefix, files);
}

function unusable(prefix: string, files: TlsFiles): string[] {
  try {
    createSecureContext(readTlsFiles(files));
    return [];
  } catch (error) {
    return [`${prefix}_…: the files cannot be used together: ${(error as Error).message}`];
  }
}
