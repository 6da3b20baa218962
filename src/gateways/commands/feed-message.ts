/** What a producer tells this gateway: that live queries have changed, or something for one user. */
export type FeedMessage =
  | { readonly kind: 'update'; readonly ids: ReadonlySet<string>; readonly payload: string }
  | { readonly kind: 'reload'; readonly ids: ReadonlySet<string> }
  | { readonly kind: 'notification'; readonly userId: string; readonly payload: string };

export type FeedMessageRead =
  { readonly ok: true; readonly message: FeedMessage } | { readonly ok: false; readonly reason: string };

type Document = Readonly<Record<string, unknown>>;

/** Reads `{"type","document"}`. @param payload JSON, as the intake has made sure */
export function readFeedMessage(payload: Buffer): FeedMessageRead {
  const given: unknown = JSON.parse(payload.toString());
  if (!isRecord(given)) return wrong('a message of the feed is an object with type and document');
  const { type, document } = given;
  if (!isRecord(document)) return wrong('document must be an object');
  switch (type) {
    case 'update_subscription':
      return readUpdate(document);
    case 'create_notification':
      return readNotification(document);
    default:
      return wrong('type must be update_subscription or create_notification');
  }
}

/** `type` and `event` (`evnet` in old producers) of the document are the producers' own: no client is shown them. */
function readUpdate({ subscriptions, options, data }: Document): FeedMessageRead {
  if (!Array.isArray(subscriptions) || !subscriptions.every((id) => typeof id === 'string')) {
    return wrong('document.subscriptions must be an array of subscription ids');
  }
  const ids = new Set<string>(subscriptions);
  const reload = isRecord(options) ? (options['reload'] ?? false) : false;
  if (typeof reload !== 'boolean') return wrong('document.options.reload must be true or false');
  return { ok: true, message: reload ? { kind: 'reload', ids } : { kind: 'update', ids, payload: textOf(data) } };
}

function readNotification(document: Document): FeedMessageRead {
  const { owner } = document;
  if ((typeof owner !== 'string' || owner === '') && !Number.isSafeInteger(owner)) {
    return wrong('document.owner must be the id of a user');
  }
  return { ok: true, message: { kind: 'notification', userId: String(owner), payload: textOf(document) } };
}

function textOf(value: unknown): string {
  return JSON.stringify(value ?? null);
}

function wrong(reason: string): FeedMessageRead {
  return { ok: false, reason };
}

function isRecord(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
