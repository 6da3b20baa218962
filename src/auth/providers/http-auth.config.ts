import { Secret } from '@hermes/auth-provider';
import type { JsonFields } from './json-fields.js';

export interface HttpAuthConfig {
  readonly type: 'http';
  readonly url: string;
  /** The header that carries the access key. */
  readonly header: string;
  readonly accessKey: Secret | undefined;
  /** How `session_id` is written: a number as in the original protocol, or the text that Hermes's own log has. */
  readonly sessionId: 'number' | 'text';
  /** Whether only a role that the answer names counts; otherwise a 200 stands for the one that was asked about. */
  readonly requireRole: boolean;
  /** How many requests run at a time, and how many more may wait for their turn. */
  readonly concurrency: number;
  readonly queue: number;
  /** After how many outages in ten seconds, if they are more than half of all, nobody is asked; for how many milliseconds. */
  readonly breakAfter: number;
  readonly retryAfter: number;
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
const HEADER_VALUE = /^[\x20-\x7e]+$/;
const TAKEN_HEADERS = ['connection', 'content-length', 'content-type', 'host', 'transfer-encoding'];

export function readHttpAuthConfig(fields: JsonFields): HttpAuthConfig {
  const url = fields.url('url');
  const header = fields.text('header', 'X-Api-Key');
  if (!HEADER_NAME.test(header)) fields.fault('header', 'must be the name of an HTTP header');
  if (TAKEN_HEADERS.includes(header.toLowerCase())) fields.fault('header', 'is a header that HTTP itself needs');
  const accessKey = fields.optionalText('accessKey');
  if (accessKey && !HEADER_VALUE.test(accessKey)) fields.fault('accessKey', 'must be printable ASCII');
  return {
    type: 'http',
    url,
    header,
    accessKey: accessKey === undefined ? undefined : new Secret(accessKey),
    sessionId: fields.oneOf('sessionId', ['number', 'text'], 'number'),
    requireRole: fields.flag('requireRole'),
    concurrency: fields.integer('concurrency', { min: 1, max: 10_000, fallback: 64 }),
    queue: fields.integer('queue', { min: 0, max: 100_000, fallback: 1_024 }),
    breakAfter: fields.integer('breakAfter', { min: 1, max: 10_000, fallback: 5 }),
    retryAfter: fields.duration('retryAfter', { min: 1, max: 600_000, fallback: 5_000 }),
  };
}
