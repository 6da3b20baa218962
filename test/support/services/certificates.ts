import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runDirectory } from './run-directory.js';

export interface Certificates {
  readonly authority: string;
  readonly cert: string;
  readonly key: string;
  /** Certificate and key in one file. */
  readonly both: string;
}

/** An authority of its own, and a certificate of it for 127.0.0.1 that servers and clients may show. */
export function makeCertificates(name: string): Certificates {
  const folder = join(runDirectory(), `certificates-${name}`);
  mkdirSync(folder);
  const at = (file: string): string => join(folder, file);
  const fresh = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1'];
  openssl(...fresh, '-subj', `/CN=${name} authority`, '-keyout', at('ca.key'), '-out', at('ca.pem'));
  const signed = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-addext', 'subjectAltName=IP:127.0.0.1'];
  const leaf = ['-addext', 'basicConstraints=critical,CA:false'];
  openssl(...fresh, ...signed, ...leaf, '-subj', `/CN=${name}`, '-keyout', at('key.pem'), '-out', at('cert.pem'));
  writeFileSync(at('both.pem'), `${readFileSync(at('cert.pem'), 'utf8')}${readFileSync(at('key.pem'), 'utf8')}`);
  return { authority: at('ca.pem'), cert: at('cert.pem'), key: at('key.pem'), both: at('both.pem') };
}

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
