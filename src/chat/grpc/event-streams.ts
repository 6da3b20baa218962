import { Injectable } from '@nestjs/common';
import type { ClientEvent, ServerEvent } from '@hermes/protocol';
import {
  CloseCode,
  CommandBudget,
  CommandBudgetConfig,
  CommandLane,
  SessionService,
  type Session,
  type SessionProtocol,
} from '../../sessions/index.js';
import { ChatRefusal } from '../model/index.js';
import { admissionOf } from './admission.js';
import { frameOf } from './chat-proto.js';
import { ChatService } from '../index.js';
import { ClientEvents } from './client-events.js';
import type { EventCall } from './grpc-call.js';
import { GrpcConnection } from './grpc-connection.js';
import { GrpcStats } from './grpc-stats.js';
import { errorOf } from './grpc-status.js';
import { Pipeline } from './pipeline.js';
import { ServerEventEncoder } from './server-event.encoder.js';

/** The client has ended its side: behind everything it said. */
const END = Symbol('end');

/** Makes a session of each EventBuff: its events are begun in order, and answered in that order. */
@Injectable()
export class EventStreams {
  readonly #protocol: SessionProtocol = {
    name: 'chat',
    encoder: new ServerEventEncoder(),
    // HTTP/2 has pings of its own.
    ping: undefined,
    identityExpired: 'close',
    lossless: true,
  };

  constructor(
    private readonly chat: ChatService,
    private readonly sessions: SessionService,
    private readonly limits: CommandBudgetConfig,
    private readonly stats: GrpcStats,
  ) {}

  /** @throws {ChatRefusal} when there are too many */
  open(call: EventCall): void {
    const { caller, client, stream } = admissionOf(call);
    if (stream.destroyed) return;
    if (!this.sessions.admits) throw new ChatRefusal('RESOURCE_EXHAUSTED', 'too many sessions here: try another node');
    const connection = new GrpcConnection(call, () => {
      lane.close();
      session.left();
    });
    const session = this.sessions.open(this.#protocol, client, connection);
    const lane = this.#laneOf(session, connection, caller.userId);
    this.sessions.identify(session, { userId: caller.userId, role: caller.role }, caller.ttl);
    const budget = new CommandBudget(this.limits, performance.now());
    call.on('data', (event: ClientEvent) => {
      if (this.#admits(session, budget, event)) lane.push(event);
    });
    call.on('end', () => lane.push(END));
    this.stats.stats.streams++;
  }

  #laneOf(session: Session, connection: GrpcConnection, userId: string): CommandLane<ClientEvent | typeof END> {
    const events = new ClientEvents(this.chat, session, userId);
    const pipeline = new Pipeline();
    const carryOut = (event: ClientEvent): Promise<void> | undefined =>
      pipeline.add(events.carryOut(event), (outcome) => this.#answer(event, outcome, session));
    return new CommandLane(connection, (event) => {
      if (event === END) return pipeline.drained().then(() => end(session, connection));
      // What is pushed begins behind what was said before.
      if (event.join || event.resume) return pipeline.drained().then(() => carryOut(event) ?? pipeline.drained());
      return carryOut(event);
    });
  }

  #answer(event: ClientEvent, outcome: PromiseSettledResult<ServerEvent | undefined>, session: Session): void {
    const name = event.event ?? 'unknown';
    if (outcome.status === 'fulfilled') {
      this.stats.count(name, 'ok');
      if (outcome.value !== undefined) send(session, outcome.value);
      return;
    }
    this.stats.countFailure(name, outcome.reason);
    send(session, { error: errorOf(outcome.reason, event) });
  }

  #admits(session: Session, budget: CommandBudget, event: ClientEvent): boolean {
    if (!session.open) return false;
    const spending = budget.spend(performance.now());
    if (spending === 'run') return true;
    this.stats.count(event.event ?? 'unknown', 'limited');
    if (spending === 'warn') send(session, { error: errorOf(this.#tooFast(), event) });
    if (spending === 'close') session.close(CloseCode.tooManyCommands, 'too many events: the warning was not heeded');
    return false;
  }

  #tooFast(): ChatRefusal {
    const { rate } = this.limits;
    return new ChatRefusal('RESOURCE_EXHAUSTED', `more than ${rate} events a second: slow down or the stream is ended`);
  }
}

/** The client has ended its side, and everything it said has been answered. */
function end(session: Session, connection: GrpcConnection): void {
  if (!session.open) return;
  session.subscriber.outbox.finish();
  session.left();
  connection.finish();
}

function send(session: Session, event: ServerEvent): void {
  session.send(frameOf(event));
}
