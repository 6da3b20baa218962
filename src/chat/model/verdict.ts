import { ChatRefusal, noSuchChannel, type ChatRefusalCode } from './chat-refusal.js';
import type { ChannelFacts, ChannelView, Effect, MemberFacts } from './channel-view.js';
import type { ChatOutcome } from './chat-write.js';
import type { Entry } from './entry.js';

/** What becomes of a write, and what that changes; nothing when it is refused. */
export interface Verdict {
  readonly outcome: ChatOutcome;
  readonly effects: readonly Effect[];
}

export function refused(code: ChatRefusalCode, sentence: string): Verdict {
  return { outcome: { kind: 'refused', refusal: new ChatRefusal(code, sentence) }, effects: [] };
}

export function unknown(): Verdict {
  return { outcome: { kind: 'refused', refusal: noSuchChannel() }, effects: [] };
}

/** What was asked for is so already. */
export function unchanged({ id }: ChannelFacts): Verdict {
  return { outcome: { kind: 'written', channelId: id, entries: [] }, effects: [] };
}

/** The log grows by one entry. */
export function written(channel: ChannelFacts, entry: Entry, effects: readonly Effect[]): Verdict {
  return {
    outcome: { kind: 'written', channelId: channel.id, entries: [entry] },
    effects: [{ kind: 'channel', channel }, { kind: 'entry', entry }, ...effects],
  };
}

/** @returns the member, when the channel has begun and he is one */
export function memberOf(view: ChannelView | undefined, userId: string): MemberFacts | undefined {
  return view === undefined || view.channel.position === 0 ? undefined : view.member(userId);
}
