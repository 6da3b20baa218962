interface PublishFields {
  /** 1 to 256 characters, not `***`. */
  readonly channel: string;
  /** 1 to 256 characters, not `***`. */
  readonly event: string;
  /** Only for sessions with this verified role; absent, empty or `any`: no filter. */
  readonly role?: string | undefined;
  /** Seconds the event is kept for later sessions; -1 without end; absent or 0 not at all. */
  readonly cacheTtl?: number | undefined;
  /** Replaces the kept event with the same channel, event, audience and key. */
  readonly cacheKey?: string | undefined;
  /** Any JSON value, passed on as it is written. */
  readonly data: unknown;
}

/** An event in the body of `POST /api/events`, for everybody, one user, or nobody. */
export type PublishRequest = PublishFields &
  (
    | { readonly visibility: 'broadcast' | 'internal'; readonly userId?: string | undefined }
    | { readonly visibility: 'direct'; readonly userId: string }
  );

/** The whole body: one event, or several that are accepted all or none. */
export type PublishBody = PublishRequest | readonly PublishRequest[];

/** Answered with 202. */
export interface PublishAccepted {
  readonly accepted: number;
}

/** Answered with 400 and one sentence for each fault, or with 401 or 503 and one sentence. Nothing was accepted. */
export interface PublishRefused {
  readonly statusCode: number;
  readonly message: string | readonly string[];
}
