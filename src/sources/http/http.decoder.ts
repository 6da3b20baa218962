import { isUtf8 } from 'node:buffer';
import { validateSync } from 'class-validator';
import {
  elements,
  member,
  parseJson,
  roleFilter,
  withoutBom,
  type Audience,
  type HermesEvent,
  type Retention,
} from '../../delivery/index.js';
import { PUBLISH_FIELDS, PublishRequest } from './publish-request.js';

/** Events of one array: reading them takes one turn of the event loop. Streams of events have no such bound. */
const MAX_EVENTS = 10_000;
/** Who has made so many mistakes has made the same one over and over. */
const MAX_FAULTS = 20;
/** Characters of the name of a field that is none. */
const MAX_SHOWN = 100;

export type DecodedBody =
  | { readonly ok: true; readonly events: readonly HermesEvent[] }
  /** Sentences that each name the field, as `[2].channel must be a string`. */
  | { readonly ok: false; readonly faults: readonly string[] };

/** Reads one event or an array of them. One fault anywhere and none of them is taken. */
export function decodeBody(bytes: Buffer, maxEventBytes: number): DecodedBody {
  if (!isUtf8(bytes)) return { ok: false, faults: ['the body must be UTF-8'] };
  const text = withoutBom(bytes).toString();
  const body = parseJson(text);
  if (body === undefined) return { ok: false, faults: ['the body must be JSON'] };
  const requests: unknown[] = Array.isArray(body) ? body : [body];
  if (requests.length === 0) return { ok: false, faults: ['the array must hold at least one event'] };
  if (requests.length > MAX_EVENTS) {
    const fault = `the array must hold at most ${MAX_EVENTS} events: send more as application/x-ndjson, one a line`;
    return { ok: false, faults: [fault] };
  }
  return decodeEvents(
    requests,
    elements(text),
    maxEventBytes,
    Array.isArray(body) ? (index) => `[${index}]` : () => '',
  );
}

function decodeEvents(
  requests: readonly unknown[],
  texts: readonly string[],
  maxEventBytes: number,
  placeOf: (index: number) => string,
): DecodedBody {
  const events: HermesEvent[] = [];
  const faults: string[] = [];
  for (const [index, request] of requests.entries()) {
    const decoded = decodeEvent(request, texts[index] ?? '', maxEventBytes, placeOf(index));
    if ('faults' in decoded) faults.push(...decoded.faults.slice(0, MAX_FAULTS - faults.length));
    else events.push(decoded);
    if (faults.length >= MAX_FAULTS) break;
  }
  return faults.length > 0 ? { ok: false, faults } : { ok: true, events };
}

function decodeEvent(
  body: unknown,
  text: string,
  maxEventBytes: number,
  place: string,
): HermesEvent | { faults: readonly string[] } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { faults: [`${place || 'the body'} must be an object`] };
  }
  const at = place && `${place}.`;
  const faults = unknownFields(body).map((field) => `${at}${field} is no field of an event`);
  const request = Object.assign(new PublishRequest(), headersOf(body));
  for (const { constraints } of validateSync(request)) {
    faults.push(...Object.values(constraints ?? {}).map((sentence) => at + sentence));
  }
  const data = member(text, 'data');
  if (data === undefined) faults.push(`${at}data must be there: any JSON value`);
  const payload = Buffer.from(data ?? '');
  if (payload.length > maxEventBytes) faults.push(`${at}data must not be larger than ${maxEventBytes} bytes`);
  return faults.length > 0 ? { faults } : eventOf(request, payload);
}

/** As many as are told, each as much of it as makes it known. */
function unknownFields(body: object): string[] {
  const found: string[] = [];
  for (const field in body) {
    if (!Object.hasOwn(body, field) || PUBLISH_FIELDS.has(field)) continue;
    found.push(field.length > MAX_SHOWN ? `${field.slice(0, MAX_SHOWN)}…` : field);
    if (found.length === MAX_FAULTS) break;
  }
  return found;
}

function eventOf(request: PublishRequest, payload: Buffer): HermesEvent {
  return {
    channel: request.channel,
    name: request.event,
    audience: audienceOf(request),
    retention: retentionOf(request.cacheTtl),
    cacheKey: request.cacheKey,
    payload,
    receivedAt: performance.now(),
  };
}

function audienceOf({ visibility, userId, role }: PublishRequest): Audience {
  switch (visibility) {
    case 'broadcast':
      return { kind: 'broadcast', role: roleFilter(role) };
    case 'direct':
      return { kind: 'direct', userId: userId ?? '', role: roleFilter(role) };
    case 'internal':
      return { kind: 'internal' };
  }
}

function retentionOf(cacheTtl: number | undefined): Retention {
  if (cacheTtl === undefined || cacheTtl === 0) return undefined;
  return cacheTtl === -1 ? 'forever' : cacheTtl;
}

/** The known fields but `data`, which is passed on as text. Null stands for absent. */
function headersOf(body: object): Record<string, unknown> {
  const values = body as Readonly<Record<string, unknown>>;
  const given = [...PUBLISH_FIELDS].filter(
    (field) => field !== 'data' && Object.hasOwn(body, field) && values[field] !== null,
  );
  return Object.fromEntries(given.map((field) => [field, values[field]]));
}
