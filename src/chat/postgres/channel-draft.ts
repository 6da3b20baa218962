import type { Message } from '@hermes/protocol';
import {
  type ChannelFacts,
  type ChannelView,
  type Effect,
  type Entry,
  type MemberFacts,
  type Passage,
} from '../model/index.js';

interface PendingEntry {
  readonly entry: Entry;
  /** Messages that the channel had up to here. */
  readonly ordinal: number;
}

/** One channel while a batch is judged: what is stored of it, under what the batch has changed so far. */
export class ChannelDraft implements ChannelView {
  /** As it was stored. */
  readonly #before: ChannelFacts;
  readonly #entries: PendingEntry[] = [];
  readonly #members = new Map<string, MemberFacts>();
  readonly #storedMembers = new Set<string>();
  readonly #touchedMembers = new Set<string>();
  readonly #messages = new Map<number, Message>();
  readonly #touchedMessages = new Set<number>();
  readonly #sent = new Map<string, Message>();
  readonly #passages = new Map<string, Passage>();

  constructor(public channel: ChannelFacts) {
    this.#before = channel;
  }

  // ---- what is stored

  know(member: MemberFacts): void {
    this.#members.set(member.userId, member);
    this.#storedMembers.add(member.userId);
  }

  /** @param isKept whether it can be read, or is only known to have been sent */
  knowMessage(message: Message, isKept: boolean): void {
    this.#sent.set(sentKey(message.sender, message.id), message);
    if (isKept) this.#messages.set(message.position, message);
  }

  /** @param position up to which it was counted */
  knowPassage(userId: string, mark: string, position: number, passage: Passage): void {
    this.#passages.set(passageKey(userId, mark, position), passage);
  }

  // ---- what the judge sees

  member(userId: string): MemberFacts | undefined {
    return this.#members.get(userId);
  }

  message(position: number): Message | undefined {
    const isGone = this.channel.strategy === 'LAST' && position < this.channel.newest;
    return isGone ? undefined : this.#messages.get(position);
  }

  sent(sender: string, id: string): Message | undefined {
    return this.#sent.get(sentKey(sender, id));
  }

  passage(userId: string, mark: 'DELIVERED' | 'READ', position: number): Passage {
    const { position: head, messages } = this.#before;
    const stored = this.#passages.get(passageKey(userId, mark, Math.min(position, head)));
    const senders = new Map(stored?.senders);
    const passed = this.#entries.slice(0, Math.max(0, position - head));
    for (const { entry } of passed) {
      if (entry.kind === 'message') senders.set(entry.message.sender, entry.message.position);
    }
    return { messages: passed.at(-1)?.ordinal ?? stored?.messages ?? messages, senders };
  }

  apply(effects: readonly Effect[]): void {
    for (const effect of effects) this.#apply(effect);
  }

  // ---- what there is to be stored

  get hasBegun(): boolean {
    return this.channel.position > 0;
  }

  get hasGrown(): boolean {
    return this.#entries.length > 0;
  }

  /** Position of the newest message before the batch; 0 for none. */
  get newestBefore(): number {
    return this.#before.newest;
  }

  get positionBefore(): number {
    return this.#before.position;
  }

  /** Messages are as the batch leaves them. */
  get entries(): readonly PendingEntry[] {
    return this.#entries.map(({ entry, ordinal }) =>
      entry.kind === 'message'
        ? { entry: { kind: 'message', message: this.#messages.get(entry.message.position) ?? entry.message }, ordinal }
        : { entry, ordinal },
    );
  }

  /** Those whose row is new or different. */
  get members(): readonly MemberFacts[] {
    return [...this.#touchedMembers].flatMap((userId) => this.#members.get(userId) ?? []);
  }

  /** User ids of those whose row goes. */
  get gone(): readonly string[] {
    return [...this.#touchedMembers].filter((userId) => !this.#members.has(userId) && this.#storedMembers.has(userId));
  }

  /** Stored before, still kept, and different now. */
  get changedMessages(): readonly Message[] {
    return [...this.#touchedMessages]
      .filter((position) => position <= this.#before.position)
      .flatMap((position) => this.message(position) ?? []);
  }

  #apply(effect: Effect): void {
    switch (effect.kind) {
      case 'channel':
        this.channel = effect.channel;
        return;
      case 'entry':
        this.#entries.push({ entry: effect.entry, ordinal: this.channel.messages });
        if (effect.entry.kind === 'message') this.knowMessage(effect.entry.message, true);
        return;
      case 'member':
        this.#members.set(effect.member.userId, effect.member);
        this.#touchedMembers.add(effect.member.userId);
        return;
      case 'gone':
        this.#members.delete(effect.userId);
        this.#touchedMembers.add(effect.userId);
        return;
      case 'message':
        this.#messages.set(effect.message.position, effect.message);
        this.#touchedMessages.add(effect.message.position);
    }
  }
}

/** Whether another message has taken its place. */
export function isSuperseded({ strategy, newest }: ChannelFacts, { position }: Message): boolean {
  return strategy === 'LAST' && position < newest;
}

function sentKey(sender: string, id: string): string {
  return JSON.stringify([sender, id]);
}

function passageKey(userId: string, mark: string, position: number): string {
  return `${mark} ${position} ${userId}`;
}
