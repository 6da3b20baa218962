/** How an answer or a push says what it is. */
export type Status = 'ok' | 'error' | 'unauthorized' | 'forbidden' | 'update' | 'reload';

/** What a command came to: three of the four members of its answer. */
export interface Outcome {
  readonly event: string;
  readonly status: Status;
  /** JSON text, so that what a back end answered goes out as it came. */
  readonly payload: string;
}

export function done(event: string, payload = 'null'): Outcome {
  return { event, status: 'ok', payload };
}
