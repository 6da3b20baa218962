import { Controller, UseFilters } from '@nestjs/common';
import { GrpcMethod, GrpcStreamCall } from '@nestjs/microservices';
import { CHAT_SERVICE, type ChatCalls } from '@hermes/protocol';
import { ChatRefusal } from '../model/index.js';
import { admissionOf, type Caller } from './admission.js';
import { ChatService } from '../index.js';
import { EventStreams } from './event-streams.js';
import type { EventCall, UnaryCall } from './grpc-call.js';
import { GrpcErrorFilter } from './grpc-error.filter.js';
import { GrpcStats } from './grpc-stats.js';

type Asked<K extends keyof ChatCalls> = ChatCalls[K][0];
type Answer<K extends keyof ChatCalls> = Promise<ChatCalls[K][1]>;

const LONGEST_ECHO = 256;

/** The calls of `chat.proto`, of whoever the door has let in. Nest hands over the request, its metadata and the call. */
@Controller()
@UseFilters(GrpcErrorFilter)
export class ChatController {
  constructor(
    private readonly chat: ChatService,
    private readonly streams: EventStreams,
    private readonly stats: GrpcStats,
  ) {}

  @GrpcStreamCall(CHAT_SERVICE, 'EventBuff')
  eventBuff(call: EventCall): void {
    this.streams.open(call);
  }

  @GrpcMethod(CHAT_SERVICE, 'CreateChannel')
  createChannel(request: Asked<'createChannel'>, _: unknown, call: UnaryCall): Answer<'createChannel'> {
    return this.#answer('CreateChannel', call, ({ userId }) => this.chat.createChannel(userId, request));
  }

  @GrpcMethod(CHAT_SERVICE, 'GetChannel')
  getChannel({ channelId }: Asked<'getChannel'>, _: unknown, call: UnaryCall): Answer<'getChannel'> {
    return this.#answer('GetChannel', call, ({ userId }) => this.chat.getChannel(userId, channelId));
  }

  @GrpcMethod(CHAT_SERVICE, 'ListChannels')
  listChannels(request: Asked<'listChannels'>, _: unknown, call: UnaryCall): Answer<'listChannels'> {
    return this.#answer('ListChannels', call, ({ userId }) => this.chat.listChannels(userId, request));
  }

  @GrpcMethod(CHAT_SERVICE, 'ListMessages')
  listMessages(request: Asked<'listMessages'>, _: unknown, call: UnaryCall): Answer<'listMessages'> {
    return this.#answer('ListMessages', call, ({ userId }) => this.chat.listMessages(userId, request));
  }

  @GrpcMethod(CHAT_SERVICE, 'AddMembers')
  addMembers(request: Asked<'addMembers'>, _: unknown, call: UnaryCall): Answer<'addMembers'> {
    return this.#answer('AddMembers', call, ({ userId }) => this.chat.addMembers(userId, request));
  }

  @GrpcMethod(CHAT_SERVICE, 'RemoveMember')
  removeMember(request: Asked<'removeMember'>, _: unknown, call: UnaryCall): Answer<'removeMember'> {
    return this.#answer('RemoveMember', call, ({ userId }) => this.chat.removeMember(userId, request));
  }

  @GrpcMethod(CHAT_SERVICE, 'SetPermissions')
  setPermissions(request: Asked<'setPermissions'>, _: unknown, call: UnaryCall): Answer<'setPermissions'> {
    return this.#answer('SetPermissions', call, ({ userId }) => this.chat.setPermissions(userId, request));
  }

  @GrpcMethod(CHAT_SERVICE, 'LeaveChannel')
  leaveChannel({ channelId }: Asked<'leaveChannel'>, _: unknown, call: UnaryCall): Answer<'leaveChannel'> {
    return this.#answer('LeaveChannel', call, async ({ userId }) => {
      await this.chat.leaveChannel(userId, channelId);
      return {};
    });
  }

  @GrpcMethod(CHAT_SERVICE, 'GetPresence')
  getPresence({ userIds }: Asked<'getPresence'>, _: unknown, call: UnaryCall): Answer<'getPresence'> {
    return this.#answer('GetPresence', call, async ({ userId }) => ({
      users: await this.chat.presenceOf(userId, userIds),
    }));
  }

  @GrpcMethod(CHAT_SERVICE, 'Echo')
  echo({ text = '' }: Asked<'echo'>, _: unknown, call: UnaryCall): Answer<'echo'> {
    return this.#answer('Echo', call, async ({ userId, expiresAt }) => {
      if (text.length <= LONGEST_ECHO) return { text, userId, expiresAt };
      throw new ChatRefusal('INVALID_ARGUMENT', `text must not be longer than ${LONGEST_ECHO} characters`);
    });
  }

  /** What fails is counted by the filter, what is not let in by the door. */
  async #answer<T>(name: string, call: UnaryCall, work: (caller: Caller) => Promise<T>): Promise<T> {
    const answer = await work(admissionOf(call).caller);
    this.stats.count(name, 'ok');
    return answer;
  }
}
