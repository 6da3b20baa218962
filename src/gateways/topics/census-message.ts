import { isUtf8 } from 'node:buffer';
import { isRecord, type HermesEvent } from '../../delivery/index.js';

/** Nodes ask and answer each other on this channel, with internal events: no client can send or see one. */
export const CENSUS_CHANNEL = 'hermes.topics';

/** What one node reports: its channels with the most subscribers first, and how many there are in all. */
export interface NodeReport {
  readonly node: string;
  readonly total: number;
  readonly everyChannel: number;
  readonly channels: readonly (readonly [channel: string, subscribers: number])[];
}

export type CensusMessage =
  | { readonly kind: 'asked'; readonly census: string; readonly node: string; readonly prefix: string }
  | { readonly kind: 'answered'; readonly census: string; readonly report: NodeReport };

export function censusEvent({ kind, ...content }: CensusMessage): HermesEvent {
  return {
    channel: CENSUS_CHANNEL,
    name: kind,
    audience: { kind: 'internal' },
    retention: undefined,
    cacheKey: undefined,
    payload: Buffer.from(JSON.stringify(content)),
    receivedAt: performance.now(),
  };
}

/** @returns undefined for anything but a message of another node */
export function censusMessage({ name, audience, payload }: HermesEvent): CensusMessage | undefined {
  if (audience.kind !== 'internal' || !isUtf8(payload)) return undefined;
  const content = JSON.parse(payload.toString()) as unknown;
  if (!isRecord(content) || typeof content['census'] !== 'string') return undefined;
  const { census, node, prefix, report } = content;
  if (name === 'asked' && typeof node === 'string' && typeof prefix === 'string') {
    return { kind: 'asked', census, node, prefix };
  }
  return name === 'answered' && isReport(report) ? { kind: 'answered', census, report } : undefined;
}

function isReport(value: unknown): value is NodeReport {
  if (!isRecord(value) || typeof value['node'] !== 'string' || !Array.isArray(value['channels'])) return false;
  return isCount(value['total']) && isCount(value['everyChannel']) && value['channels'].every(isChannelCount);
}

function isChannelCount(value: unknown): boolean {
  return Array.isArray(value) && typeof value[0] === 'string' && isCount(value[1]);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
