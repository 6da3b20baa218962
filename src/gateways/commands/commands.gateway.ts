import type { OnApplicationBootstrap } from '@nestjs/common';
import { SubscribeMessage } from '@nestjs/websockets';
import { Secret } from '@hermes/auth-provider';
import { AuthService } from '../../auth/index.js';
import type { Session } from '../../sessions/index.js';
import {
  ClientGateway,
  CommandBody,
  ConnectedSession,
  Refusal,
  type Gateway,
  type UpgradeRequest,
} from '../websocket/index.js';
import { BackEndCommands } from './back-end-commands.js';
import type { Caller } from './caller.js';
import { Callers } from './callers.js';
import { CommandsConfig } from './commands.config.js';
import { BACK_END, commandsDialect } from './commands.dialect.js';
import { AuthenticationOptions, BackEndRequest, SubscriptionOptions } from './commands.options.js';
import { LiveQueries } from './live-queries.js';
import { done, type Outcome } from './outcome.js';
import { refusalOf } from './passed-on-refusal.js';

/** The commands of the dialect of wss. */
@ClientGateway('commands')
export class CommandsGateway implements Gateway, OnApplicationBootstrap {
  readonly dialect = commandsDialect;
  /** Balancers of wss look at the path itself. */
  readonly plainGet = 'Connected';
  readonly paths: readonly string[];

  constructor(
    private readonly config: CommandsConfig,
    private readonly callers: Callers,
    private readonly live: LiveQueries,
    private readonly backEnd: BackEndCommands,
    private readonly auth: AuthService,
  ) {
    this.paths = config.paths;
  }

  onApplicationBootstrap(): void {
    const { file, origin } = this.config;
    if (file.commands.size > 0) this.auth.relyOn(origin, 'HERMES_COMMANDS_ORIGIN');
  }

  sessionOpened(session: Session, { url }: UpgradeRequest): Promise<void> {
    this.callers.open(session, url.split('?')[0] ?? '');
    return Promise.resolve();
  }

  sessionClosed(session: Session): void {
    this.callers.close(session);
  }

  @SubscribeMessage('authentication')
  async authenticate(
    @ConnectedSession() session: Session,
    @CommandBody() { authToken, update }: AuthenticationOptions,
  ): Promise<Outcome> {
    const caller = this.callers.of(session);
    if (typeof authToken === 'string') return this.#login(caller, new Secret(authToken), update === true);
    this.callers.become(caller, undefined);
    return done('authentication');
  }

  @SubscribeMessage('subscription')
  unsubscribe(@ConnectedSession() session: Session, @CommandBody() { ids }: SubscriptionOptions): Outcome {
    const caller = this.callers.of(session);
    for (const id of ids) this.live.unwatch(caller, id);
    return done('subscription');
  }

  @SubscribeMessage(BACK_END)
  ask(@ConnectedSession() session: Session, @CommandBody() { command, options }: BackEndRequest): Promise<Outcome> {
    return this.backEnd.run(this.callers.of(session), command, options);
  }

  /** A failed update leaves everything as it was; any other failure leaves a guest. */
  async #login(caller: Caller, token: Secret, update: boolean): Promise<Outcome> {
    const { session, user } = caller;
    const { origin } = this.config;
    const verdict = await this.auth.authorize({ sessionId: session.id, token, origin, role: '', ...session.client });
    if (verdict.kind === 'failed') {
      if (!update) this.callers.become(caller, undefined);
      throw refusalOf(verdict.code, 'authentication', verdict.body, 'the token is not accepted');
    }
    const { userId, role, ttl } = verdict;
    if (update && user?.id !== userId) throw new Refusal(400, 'Invalid access token');
    this.callers.become(caller, { identity: { userId, role }, token, ttl });
    return done('authentication', JSON.stringify({ id: userId, role, ttl }));
  }
}
