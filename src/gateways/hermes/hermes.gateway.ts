import { UseGuards } from '@nestjs/common';
import { SubscribeMessage } from '@nestjs/websockets';
import { SUBSCRIBE_PATH, type SentReply } from '@hermes/protocol';
import { WILDCARD } from '../../delivery/index.js';
import { Session, SessionService } from '../../sessions/index.js';
import {
  AuthorizeCommand,
  Authorizer,
  ClientGateway,
  CommandBody,
  ConnectedSession,
  Refusal,
  type Gateway,
} from '../websocket/index.js';
import { ChatAccess } from './chat-access.js';
import { MuteCommand, ReadCommand, SendCommand, SubscribeCommand } from './hermes.commands.js';
import { hermesDialect } from './hermes.dialect.js';
import { RoleGuard } from './role.guard.js';

interface AuthorizeResult {
  readonly resultCode: number;
  readonly authorize: 'success' | 'failed';
}

/** The commands of the Hermes JSON protocol. */
@ClientGateway('hermes')
export class HermesGateway implements Gateway {
  readonly dialect = hermesDialect;
  readonly paths = [SUBSCRIBE_PATH];

  constructor(
    private readonly sessions: SessionService,
    private readonly authorizer: Authorizer,
    private readonly chat: ChatAccess,
  ) {}

  @SubscribeMessage('handshake')
  handshake(): void {
    // The envelope alone is the answer.
  }

  @SubscribeMessage('subscribe')
  subscribe(@ConnectedSession() session: Session, @CommandBody() { channel, event }: SubscribeCommand): void {
    if (!this.sessions.subscribe(session, channel, event || WILDCARD)) throw this.#tooMany(session);
  }

  @SubscribeMessage('unsubscribe')
  unsubscribe(@ConnectedSession() session: Session, @CommandBody() { channel, event }: SubscribeCommand): void {
    this.sessions.unsubscribe(session, channel, event || WILDCARD);
  }

  @SubscribeMessage('mute')
  mute(@ConnectedSession() session: Session, @CommandBody() { event }: MuteCommand): void {
    if (!this.sessions.mute(session, event)) throw this.#tooMany(session);
  }

  @SubscribeMessage('cache')
  cache(@ConnectedSession() session: Session): void {
    this.sessions.replay(session);
  }

  @UseGuards(RoleGuard)
  @SubscribeMessage('authorize')
  async authorize(
    @ConnectedSession() session: Session,
    @CommandBody() command: AuthorizeCommand,
  ): Promise<AuthorizeResult> {
    const verdict = await this.authorizer.authorize(session, command);
    if (verdict.kind === 'failed') return { resultCode: verdict.code, authorize: 'failed' };
    return { resultCode: 200, authorize: 'success' };
  }

  @SubscribeMessage('unauthorize')
  unauthorize(@ConnectedSession() session: Session): AuthorizeResult {
    this.sessions.identify(session, undefined);
    return { resultCode: 200, authorize: 'success' };
  }

  @SubscribeMessage('pong')
  pong(@ConnectedSession() session: Session): void {
    this.sessions.pong(session);
  }

  @SubscribeMessage('chat.send')
  send(@ConnectedSession() session: Session, @CommandBody() message: SendCommand): Promise<SentReply['data']> {
    return this.chat.send(session, message);
  }

  @SubscribeMessage('chat.read')
  read(@ConnectedSession() session: Session, @CommandBody() mark: ReadCommand): Promise<void> {
    return this.chat.read(session, mark);
  }

  #tooMany(session: Session): Refusal {
    if (this.sessions.isFullFor(session))
      return new Refusal(503, 'this node remembers as many subscriptions as it may: try again later');
    return new Refusal(429, 'too many subscriptions in this session: unsubscribe from some first');
  }
}
