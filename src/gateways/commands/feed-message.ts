import { isRecord, member, type JsonRecord } from '../../delivery/index.js';

/** What a producer tells this gateway: that live queries have changed, or something for one user. */
export type FeedMessage =
  | { readonly kind: 'update'; readonly ids: ReadonlySet<string>; readonly payload: string }
  | { readonly kind: 'reload'; readonly ids: ReadonlySet<string> }
  | { readonly kind: 'notification'; readonly userId: string; readonly payload: string };

export type FeedMessageRead =
  { readonly ok: true; readonly message: FeedMessage } | { readonly ok: false; readonly reason: string };

/**
 * Reads `{"type","document"}`. What goes on to clients stays as its producer wrote it.
 *
 * @param payload JSON, as the intake has made sure
 */
export function readFeedMessage(payload: Buffer): FeedMessageRead {
  const text = payload.toString();
  const given: unknown = JSON.parse(text);
  if (!isRecord(given)) return wrong('a message of the feed is an object with type and document');
  const { type, document } = given;
  const written = member(text, 'document');
  if (!isRecord(document) || written === undefined) return wrong('document must be an object');
  switch (type) {
    case 'update_subscription':
      return readUpdate(document, written);
    case 'create_notification':
      return readNotification(document, written);
    default:
      return wrong('type must be update_subscription or create_notification');
  }
}

/** `type` and `event` (`evnet` in old producers) of the document are the producers' own: no client is shown them. */
function readUpdate({ subscriptions, options }: JsonRecord, written: string): FeedMessageRead {
  if (!Array.isArray(subscriptions) || !subscriptions.every((id) => typeof id === 'string')) {
    return wrong('document.subscriptions must be an array of subscription ids');
  }
  const ids = new Set<string>(subscriptions);
  const reload = isRecord(options) ? (options['reload'] ?? false) : false;
  if (typeof reload !== 'boolean') return wrong('document.options.reload must be true or false');
  if (reload) return { ok: true, message: { kind: 'reload', ids } };
  return { ok: true, message: { kind: 'update', ids, payload: member(written, 'data') ?? 'null' } };
}

function readNotification({ owner }: JsonRecord, written: string): FeedMessageRead {
  if ((typeof owner !== 'string' || owner === '') && !Number.isSafeInteger(owner)) {
    return wrong('document.owner must be the id of a user');
  }
  return { ok: true, message: { kind: 'notification', userId: String(owner), payload: written } };
}

function wrong(reason: string): FeedMessageRead {
  return { ok: false, reason };
}
