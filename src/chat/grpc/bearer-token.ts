import type { Metadata } from '@grpc/grpc-js';
import { Secret } from '@hermes/auth-provider';
import { ChatRefusal } from '../model/index.js';

const BEARER = /^bearer +(\S+)$/i;

/** @throws {ChatRefusal} unless there is exactly one */
export function bearerToken(metadata: Metadata): Secret {
  const [value, ...more] = metadata.get('authorization');
  const token = more.length === 0 ? BEARER.exec(String(value ?? '').trim())?.[1] : undefined;
  if (token !== undefined) return new Secret(token);
  throw new ChatRefusal('UNAUTHENTICATED', 'metadata authorization must be `Bearer` and one token');
}
