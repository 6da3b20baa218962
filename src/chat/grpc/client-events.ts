import type { Ack, ClientEvent, ServerEvent } from '@hermes/protocol';
import type { Session } from '../../sessions/index.js';
import { ChatRefusal } from '../model/index.js';
import type { ChatService } from '../index.js';
import { LONGEST_REF } from './grpc-status.js';

/** What the events of one stream ask for. */
export class ClientEvents {
  #live = false;

  constructor(
    private readonly chat: ChatService,
    private readonly session: Session,
    private readonly userId: string,
  ) {}

  /** @returns the answer, undefined for an event that is not answered @throws {ChatRefusal} */
  async carryOut(event: ClientEvent): Promise<ServerEvent | undefined> {
    const { chat, userId } = this;
    const ref = refOf(event);
    if (event.newMessage) return acknowledged(ref, await chat.send(userId, event.newMessage));
    if (event.edit) return acknowledged(ref, await chat.edit(userId, event.edit));
    if (event.delete) return acknowledged(ref, await chat.delete(userId, event.delete));
    if (event.delivered) return unanswered(chat.mark(userId, 'DELIVERED', event.delivered));
    if (event.read) return unanswered(chat.mark(userId, 'READ', event.read));
    if (event.typing) return unanswered(chat.typing(userId, event.typing.channelId));
    if (event.join) return this.#join(ref);
    if (event.resume) return this.#resume(ref, event.resume);
    throw new ChatRefusal('INVALID_ARGUMENT', 'event: none that is known is set');
  }

  async #join(ref: string): Promise<ServerEvent> {
    await this.#once(() => this.chat.join(this.session));
    return { joined: { ref } };
  }

  async #resume(ref: string, { channels = [] }: NonNullable<ClientEvent['resume']>): Promise<ServerEvent> {
    return { resumed: { ref, channels: await this.#once(() => this.chat.resume(this.session, channels)) } };
  }

  /** One that has failed may be tried again. */
  async #once<T>(start: () => Promise<T>): Promise<T> {
    if (this.#live) throw new ChatRefusal('FAILED_PRECONDITION', 'this stream has said `join` or `resume` already');
    const result = await start();
    this.#live = true;
    return result;
  }
}

/** @throws {ChatRefusal} */
function refOf({ ref = '' }: ClientEvent): string {
  if (ref.length <= LONGEST_REF) return ref;
  throw new ChatRefusal('INVALID_ARGUMENT', `ref must not be longer than ${LONGEST_REF} characters`);
}

function acknowledged(ref: string, ack: Ack): ServerEvent {
  return { ack: { ...ack, ref } };
}

function unanswered(work: Promise<void>): Promise<undefined> {
  return work.then(() => undefined);
}
