import type { OnApplicationShutdown } from '@nestjs/common';
import { SubscribeMessage } from '@nestjs/websockets';
import { AddressesConfig } from '../../addresses/index.js';
import { Delivery, EventIntake } from '../../delivery/index.js';
import { CloseCode, Session, SessionService } from '../../sessions/index.js';
import {
  ClientGateway,
  CommandBody,
  ConnectedSession,
  Refusal,
  type Gateway,
  type UpgradeRequest,
} from '../websocket/index.js';
import { ConnectionRefusal } from './connection-refusal.js';
import { forwardedHeaders, type ForwardedHeaders } from './forwarded-headers.js';
import { IdleClients } from './idle-clients.js';
import { RoomGrants } from './room-grants.js';
import { RoomsApi } from './rooms-api.js';
import type { RoomsClient } from './rooms-client.js';
import { RoomsCounters, type RoomsStatus } from './rooms-status.js';
import { RejectedMessage, SubscribeCommand, UnsubscribeCommand } from './rooms.commands.js';
import { RoomsConfig } from './rooms.config.js';
import { helloFrame, pushEncoder, REFUSED_FRAME, roomsDialect } from './rooms.dialect.js';

const NORMAL = 1000;

/** The commands of high-templar: clients enter rooms that their back end allows them. */
@ClientGateway('rooms')
export class RoomsGateway implements Gateway, OnApplicationShutdown {
  readonly dialect;
  readonly paths: readonly string[];
  readonly stats;
  /** Those that have been let in. */
  readonly #clients = new Map<Session, RoomsClient>();
  /** Calls off the question about a client that leaves before the answer. */
  readonly #questions = new Map<Session, AbortController>();
  readonly #counters: RoomsCounters;

  constructor(
    private readonly sessions: SessionService,
    private readonly api: RoomsApi,
    private readonly idle: IdleClients,
    private readonly config: RoomsConfig,
    private readonly addresses: AddressesConfig,
    delivery: Delivery,
    intake: EventIntake,
  ) {
    this.dialect = roomsDialect(config.replyRequestId);
    this.paths = withAndWithoutSlash(config.paths);
    this.stats = api.stats;
    this.#counters = new RoomsCounters(delivery, intake);
  }

  async sessionOpened(session: Session, request: UpgradeRequest): Promise<void> {
    this.idle.heard(session);
    const address = session.client.ip;
    const byProxy = this.addresses.trustedProxies.has(request.peer);
    const headers = forwardedHeaders(request, this.config.connectionHeaders, { address, byProxy });
    if (headers === undefined) return this.#refuse(session);
    const question = new AbortController();
    this.#questions.set(session, question);
    const bootstrap = await this.api.bootstrap(headers, address, question.signal);
    this.#questions.delete(session);
    if (!session.open) return;
    if (bootstrap.kind === 'refused') return this.#refuse(session);
    // Not the message of a refusal, which clients take for the end of their login.
    if (bootstrap.kind === 'unasked')
      return session.close(CloseCode.tryAgainLater, 'too many clients at once: try again');
    this.#letIn(session, headers, bootstrap.allowedRooms);
  }

  sessionClosed(session: Session): void {
    this.idle.forget(session);
    this.#questions.get(session)?.abort();
    void this.#farewell(session);
  }

  /** The back end hears of those too whose connections end with this node. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.#clients.keys()].map((session) => this.#farewell(session)));
    await this.api.close();
  }

  @SubscribeMessage('subscribe')
  subscribe(@ConnectedSession() session: Session, @CommandBody() { reference, room }: SubscribeCommand): void {
    this.#hear(session);
    if (reference === undefined) throw new Refusal(400, 'no-request-id');
    const client = this.#clients.get(session);
    if (room === undefined || !client?.grants.permits(room)) throw new Refusal(404, 'room-not-found');
    if (!this.sessions.enter(session, room, reference, pushEncoder)) throw new Refusal(429, 'too-many-subscriptions');
  }

  @SubscribeMessage('unsubscribe')
  unsubscribe(@ConnectedSession() session: Session, @CommandBody() { reference }: UnsubscribeCommand): void {
    this.#hear(session);
    if (reference === undefined) throw new Refusal(400, 'no-request-id');
    if (!this.sessions.leave(session, reference)) throw new Refusal(404, 'not-subscribed');
  }

  @SubscribeMessage('status')
  status(@ConnectedSession() session: Session): RoomsStatus {
    this.#hear(session);
    return this.#counters.status(this.#clients.size);
  }

  @SubscribeMessage('ping')
  ping(@ConnectedSession() session: Session): void {
    this.#hear(session);
  }

  @SubscribeMessage('rejected')
  reject(@ConnectedSession() session: Session, @CommandBody() { reason }: RejectedMessage): void {
    this.#hear(session);
    throw new ConnectionRefusal(reason, session.id);
  }

  #letIn(session: Session, headers: ForwardedHeaders, allowedRooms: readonly object[]): void {
    const { connectHook, disconnectHook } = this.config;
    session.send(helloFrame(allowedRooms));
    this.#clients.set(session, {
      grants: new RoomGrants(allowedRooms),
      headers: disconnectHook === '' ? {} : headers,
      announced: this.api.notify(connectHook, headers),
    });
  }

  async #farewell(session: Session): Promise<void> {
    const client = this.#clients.get(session);
    if (client === undefined) return;
    this.#clients.delete(session);
    await client.announced;
    await this.api.notify(this.config.disconnectHook, client.headers);
  }

  #refuse(session: Session): void {
    session.send(REFUSED_FRAME);
    session.close(NORMAL, 'not authorized');
  }

  #hear(session: Session): void {
    this.#counters.received++;
    // One that was refused may still have had something to say.
    if (session.open) this.idle.heard(session);
  }
}

function withAndWithoutSlash(paths: readonly string[]): readonly string[] {
  const bare = paths.map((path) => path.replace(/\/+$/, ''));
  return [...new Set(bare.flatMap((path) => [path, `${path}/`]))];
}
