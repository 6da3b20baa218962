import { UseGuards } from '@nestjs/common';
import { SubscribeMessage } from '@nestjs/websockets';
import { Delivery, WILDCARD } from '../../delivery/index.js';
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
import { PublishGuard } from './publish.guard.js';
import { TopicPublisher } from './topic-publisher.js';
import { PublishCommand, TopicCommand } from './topics.commands.js';
import { TopicsConfig } from './topics.config.js';
import { WELCOME, failure, topicsDialect } from './topics.dialect.js';

/** The commands of the topic broker. A topic is a channel, subscribed to with all its events. */
@ClientGateway('topics')
export class TopicsGateway implements Gateway {
  readonly dialect = topicsDialect;
  readonly paths: readonly string[];

  constructor(
    private readonly sessions: SessionService,
    private readonly authorizer: Authorizer,
    private readonly delivery: Delivery,
    private readonly publisher: TopicPublisher,
    config: TopicsConfig,
  ) {
    this.paths = config.paths;
  }

  sessionOpened(session: Session): Promise<void> {
    session.send(WELCOME);
    return Promise.resolve();
  }

  @SubscribeMessage('subscribe')
  subscribe(@ConnectedSession() session: Session, @CommandBody() { channel }: TopicCommand): void {
    if (this.sessions.subscribe(session, channel, WILDCARD)) return;
    throw new Refusal(429, failure('too many subscriptions in this session, unsubscribe from some first'));
  }

  @SubscribeMessage('unsubscribe')
  unsubscribe(@ConnectedSession() session: Session, @CommandBody() { topic, channel }: TopicCommand): void {
    if (!this.delivery.index.has(session.subscriber, channel, WILDCARD)) {
      throw new Refusal(404, `Not subscribed to ${topic}`);
    }
    this.sessions.unsubscribe(session, channel, WILDCARD);
  }

  @UseGuards(PublishGuard)
  @SubscribeMessage('publish')
  publish(@CommandBody() command: PublishCommand): Promise<void> {
    return this.publisher.publish(command);
  }

  /** The AuthService knows before it asks anybody which roles an origin may have. */
  @SubscribeMessage('authorize')
  async authorize(@ConnectedSession() session: Session, @CommandBody() command: AuthorizeCommand): Promise<void> {
    const verdict = await this.authorizer.authorize(session, command);
    if (verdict.kind === 'authorized') return;
    throw new Refusal(verdict.code, FAILURES.get(verdict.code) ?? 'Authorization failed');
  }
}

const FAILURES: ReadonlyMap<number, string> = new Map([
  [401, 'Authorization failed: the server is not accepted by the provider'],
  [403, 'Authorization failed: the token is not accepted'],
  [406, 'Authorization failed: origin or role is not allowed'],
  [502, 'Authorization failed: the answer of the provider makes no sense'],
  [503, 'Authorization failed: the provider did not answer, try again'],
]);
