import { Injectable, Optional } from '@nestjs/common';
import type { ChannelPosition, NewMessage, SentReply } from '@hermes/protocol';
import { ChatService } from '../../chat/index.js';
import { ChatRefusal, type ChatRefusalCode } from '../../chat/model/index.js';
import type { Session } from '../../sessions/index.js';
import { Refusal } from '../websocket/index.js';

const RESULT_CODES: Readonly<Record<ChatRefusalCode, number>> = {
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  FAILED_PRECONDITION: 409,
  RESOURCE_EXHAUSTED: 429,
  UNAVAILABLE: 503,
};

/** What the user of a session may do in chat, with refusals as this protocol has them. */
@Injectable()
export class ChatAccess {
  constructor(@Optional() private readonly chat?: ChatService) {}

  /** @throws {Refusal} */
  send(session: Session, message: NewMessage): Promise<SentReply['data']> {
    return this.#carryOut(session, async (chat, userId) => {
      const { channelId, id, position, at, duplicate } = await chat.send(userId, message);
      return { resultCode: 200, channelId, id, position, at, duplicate };
    });
  }

  /** @throws {Refusal} */
  read(session: Session, { channelId, position }: ChannelPosition): Promise<void> {
    return this.#carryOut(session, (chat, userId) => chat.mark(userId, 'READ', { channelId, position }));
  }

  async #carryOut<T>({ identity }: Session, work: (chat: ChatService, userId: string) => Promise<T>): Promise<T> {
    if (this.chat === undefined) {
      throw new Refusal(501, 'chat is off here: HERMES_POSTGRES_URL or HERMES_DATA_DIR turns it on');
    }
    if (identity === undefined) throw new Refusal(401, 'chat is for users: authorize first');
    try {
      return await work(this.chat, identity.userId);
    } catch (error) {
      throw error instanceof ChatRefusal ? new Refusal(RESULT_CODES[error.code], inCamelCase(error.message)) : error;
    }
  }
}

/** Chat names fields as its contract does; this protocol shares the names, in camel case. */
function inCamelCase(sentence: string): string {
  return sentence.replaceAll(/\b[a-z]+(?:_[a-z]+)+\b/g, (name) =>
    name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
  );
}
