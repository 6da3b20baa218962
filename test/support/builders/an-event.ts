import type { Audience, HermesEvent } from '../../../src/delivery/index.js';

export interface EventDetails extends Partial<Omit<HermesEvent, 'payload'>> {
  /** JSON text. */
  readonly payload?: string;
}

/** A broadcast that nobody keeps; say only what the test is about. */
export function anEvent({ payload = '1', ...details }: EventDetails = {}): HermesEvent {
  return {
    channel: 'news',
    name: 'flash',
    audience: toEverybody(),
    retention: undefined,
    cacheKey: undefined,
    receivedAt: 0,
    ...details,
    payload: Buffer.from(payload),
  };
}

export function toEverybody(role?: string): Audience {
  return { kind: 'broadcast', role };
}

export function toUser(userId: string, role?: string): Audience {
  return { kind: 'direct', userId, role };
}

export const toNobody: Audience = { kind: 'internal' };
