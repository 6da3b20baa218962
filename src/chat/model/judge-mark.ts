import type { ChannelView, MemberFacts, Passage } from './channel-view.js';
import type { WriteOf } from './chat-write.js';
import { memberOf, refused, unknown, type Verdict } from './verdict.js';

export function judgeMark(write: WriteOf<'mark'>, view: ChannelView | undefined): Verdict {
  const member = memberOf(view, write.by);
  if (view === undefined || member === undefined) return unknown();
  const { channel } = view;
  if (channel.strategy === 'TRANSIENT') {
    return refused('FAILED_PRECONDITION', 'channel_id: this channel stores nothing that could be marked');
  }
  if (!member.permissions.read) return refused('PERMISSION_DENIED', 'channel_id: you may not read this channel');
  const before = write.mark === 'READ' ? member.read : member.delivered;
  const position = Math.min(write.position, channel.position);
  if (position <= before) {
    // By sending he may have read further than what has been delivered to him.
    const isNews = write.mark === 'READ' && position > member.delivered;
    return marked(channel.id, before, undefined, isNews ? { ...member, delivered: position } : undefined);
  }
  const passage = view.passage(write.by, write.mark, position);
  const authors = [...passage.senders].filter(([sender, last]) => sender !== write.by && last > before);
  const after = write.mark === 'READ' ? reading(member, position, passage) : { ...member, delivered: position };
  const names = authors.map(([sender]) => sender);
  return marked(channel.id, position, names, after);
}

/** What has been read has been delivered. */
function reading(member: MemberFacts, position: number, { messages }: Passage): MemberFacts {
  return {
    ...member,
    read: position,
    delivered: Math.max(member.delivered, position),
    readMessages: Math.max(member.readMessages, messages),
    own: member.own.filter((own) => own > position),
  };
}

/** @param authors undefined when the mark has not moved */
function marked(
  channelId: string,
  position: number,
  authors: readonly string[] | undefined,
  member: MemberFacts | undefined,
): Verdict {
  return {
    outcome: { kind: 'marked', channelId, position, moved: authors !== undefined, authors: authors ?? [] },
    effects: member === undefined ? [] : [{ kind: 'member', member }],
  };
}
