import { ChatRefusal, isChannelId } from '../model/index.js';

/** Where a page of channels ended: microseconds of the last channel's newest entry, and its id. */
export interface PageEnd {
  readonly changed: number;
  readonly id: string;
}

export function pageTokenOf({ changed, id }: PageEnd): string {
  return Buffer.from(`${changed}.${id}`).toString('base64url');
}

/** @throws {ChatRefusal} when it is not what {@link pageTokenOf} gave */
export function readPageToken(token: string): PageEnd {
  const [digits = '', id = ''] = Buffer.from(token, 'base64url').toString().split('.');
  const end = { changed: Number(digits), id };
  if (!/^\d{1,17}$/.test(digits) || !isChannelId(id) || pageTokenOf(end) !== token) {
    throw new ChatRefusal('INVALID_ARGUMENT', 'page_token: must be what the answer before gave as next_page_token');
  }
  return end;
}
