import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Logger } from '@nestjs/common';
import { WebSocketServer, type Server, type WebSocket, type ServerOptions } from 'ws';
import { readAddress } from '../../addresses/index.js';
import { textFrame } from '../../delivery/index.js';
import {
  CloseCode,
  CommandBudget,
  CommandLane,
  type BudgetLimits,
  type ClientInfo,
  type PersonBudgets,
  type Session,
  type SessionService,
} from '../../sessions/index.js';
import type { Gateway } from './client-gateway.js';
import { ClientSocket } from './client-socket.js';
import { CommandCall } from './command.js';
import { CompressedEncoder } from './compressed-encoder.js';
import type { CommandPipeline } from './command-pipeline.js';
import type { DecodedFrame, Dialect } from './dialect.js';
import type { Frame, Guest } from './guest.js';
import { PING_FRAME, pongFrame } from './ping-frame.js';
import { Refusal } from './refusal.js';
import { WebSocketConnection } from './websocket-connection.js';
import type { UpgradeDoor } from './upgrade-door.js';
import type { WebSocketConfig } from './websocket.config.js';

/** Milliseconds a client has to read what waits and to finish the closing handshake; see also `Farewells`. */
const CLOSE_TIMEOUT = 30_000;

/** Commands that look through the retained events count for one more each time they have looked at so many. */
const LOOKS_A_COMMAND = 1_000;

/** Pieces of one message: browsers send 64 KiB in one. */
const MAX_FRAGMENTS = 64;
/** Bytes of a frame that count as one more command. */
const BYTES_A_COMMAND = 4_096;
/** Milliseconds that it takes to read a byte of a message. */
const READ_BYTE = 5e-5;
/** Large messages that may wait for their person's turn: reading has stopped, and the rest is what had come by then. */
const LARGE_WAITING = 16;

/** Frames that are shared cannot depend on what a connection saw before. */
const DEFLATE = { serverNoContextTakeover: true, clientNoContextTakeover: true };
/** They need the whole window: a client that asks for a smaller one gets no compression instead. */
const SMALL_WINDOW = /server_max_window_bits="?([89]|1[0-4])\b/;

/** One gateway on its paths: takes connections in, and takes each command of a client through the gateway's methods. */
export class GatewayEndpoint {
  /** Commands by name and outcome (`ok`, `refused`, `limited`); names that are no command count as `unknown`. */
  readonly commands = new Map<string, Map<string, number>>();
  readonly #logger = new Logger(GatewayEndpoint.name);
  readonly #server: Server<typeof ClientSocket>;
  /** What sessions that accepted compression speak. */
  readonly #compressed: Dialect;
  readonly #listeners = this.#listenersOf();

  constructor(
    private readonly gateway: Gateway,
    /** The methods of the gateway by the name of their command. */
    private readonly pipelines: ReadonlyMap<string, CommandPipeline>,
    private readonly sessions: SessionService,
    config: WebSocketConfig,
    private readonly limits: BudgetLimits,
    private readonly door: UpgradeDoor,
    private readonly people: PersonBudgets,
  ) {
    const { dialect } = gateway;
    this.#compressed = { ...dialect, encoder: new CompressedEncoder(dialect.encoder) };
    // The typings of ws have not heard of `closeTimeout` yet.
    const options: ServerOptions<typeof ClientSocket> & { closeTimeout: number; maxFragments: number } = {
      WebSocket: ClientSocket,
      noServer: true,
      clientTracking: false,
      perMessageDeflate: config.compression && DEFLATE,
      maxPayload: config.maxFrame,
      maxFragments: MAX_FRAGMENTS,
      // Answers to pings wait in the outbox like all others, where their bytes are bounded.
      autoPong: false,
      closeTimeout: CLOSE_TIMEOUT,
    };
    this.#server = new WebSocketServer(options);
    this.#server.on('wsClientError', ({ message }: Error, socket: Duplex, request: IncomingMessage) => {
      const headers = { 'Sec-WebSocket-Version': '13' };
      this.door.refuse(request, socket, { status: 400, reason: message, headers });
    });
  }

  get dialect(): Dialect {
    return this.gateway.dialect;
  }

  get plainGet(): string | undefined {
    return this.gateway.plainGet;
  }

  get stats(): Readonly<Record<string, number>> {
    return this.gateway.stats ?? {};
  }

  accept(request: IncomingMessage, socket: Duplex, head: Buffer, client: ClientInfo): void {
    if (SMALL_WINDOW.test(request.headers['sec-websocket-extensions'] ?? '')) {
      delete request.headers['sec-websocket-extensions'];
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const { session, lane } = this.#open(webSocket, socket, client);
      const { url = '', headers } = request;
      const peer = readAddress(request.socket.remoteAddress ?? '') ?? '';
      if (this.gateway.sessionOpened) lane.begin(this.gateway.sessionOpened(session, { url, headers, peer }));
    });
  }

  #open(webSocket: ClientSocket, socket: Duplex, client: ClientInfo): Guest {
    const connection = new WebSocketConnection(webSocket, socket);
    const protocol = webSocket.extensions === '' ? this.dialect : this.#compressed;
    const session = this.sessions.open(protocol, client, connection);
    const budget = new CommandBudget(this.limits, performance.now());
    const lane = new CommandLane<Frame>(connection, (frame) => this.#inTurn(session, frame));
    for (const [event, listener] of this.#listeners) webSocket.on(event, listener);
    return (webSocket.guest = { session, budget, lane, isHere: true });
  }

  /** Shared by all clients: a closure for each event of each of them would be a tenth of what a session takes. */
  #listenersOf() {
    const of = (listener: (guest: Guest, data: Buffer) => void) =>
      function (this: WebSocket, data: Buffer): void {
        const { guest } = this as ClientSocket;
        if (guest !== undefined) listener(guest, data);
      };
    return Object.entries({
      message: of((guest, data) => this.#heard(guest, data.toString())),
      ping: of(({ session, budget }, data) => this.#admits(session, budget, 0) && session.send(pongFrame(data))),
      pong: of((guest) => this.#ponged(guest)),
      close: of((guest) => this.#leave(guest)),
      // What it sent before its close frame is still carried out.
      concluded: of((guest) => guest.lane.end(() => this.#leave(guest))),
      error: (error: Error) => this.#logger.debug('connection.failed', { reason: error.message }),
    });
  }

  #heard({ session, budget, lane }: Guest, text: string): void {
    if (this.#admits(session, budget, text.length)) this.#take(session, lane, text);
  }

  #ponged({ session, budget }: Guest): void {
    if (this.#admits(session, budget, 0) && session.protocol.ping === PING_FRAME) this.sessions.pong(session);
  }

  #leave(guest: Guest): void {
    if (!guest.isHere) return;
    guest.isHere = false;
    guest.lane.close();
    guest.session.left();
    this.gateway.sessionClosed?.(guest.session);
  }

  #admits(session: Session, budget: CommandBudget, length: number): boolean {
    if (!session.open) return false;
    const looked = session.subscriber.takeLooked() / LOOKS_A_COMMAND;
    const spending = budget.spend(performance.now(), looked + Math.floor(length / BYTES_A_COMMAND));
    if (spending === 'run') return true;
    this.#count('unknown', 'limited');
    if (spending === 'warn') {
      const sentence = `more than ${this.limits.rate} commands a second: slow down or the connection is closed`;
      this.#send(session, this.dialect.refusal({ id: undefined }, new Refusal(429, sentence)));
    }
    if (spending === 'close') session.close(CloseCode.tooManyCommands, 'too many commands');
    return false;
  }

  #take(session: Session, lane: CommandLane<Frame>, text: string): void {
    const person = this.people.of(session);
    const now = performance.now();
    if (person?.isSpent(now)) return this.#hold(session, lane, text);
    if (text.length > BYTES_A_COMMAND) person?.work(now, text.length * READ_BYTE);
    const frame = this.dialect.decode(text);
    // A client that has answered its ping is here, however long its other commands take.
    if (frame.ok && frame.command.name === this.dialect.pong) void this.#run(session, frame);
    else this.#push(session, lane, frame);
  }

  #push(session: Session, lane: CommandLane<Frame>, frame: DecodedFrame): void {
    this.sessions.heard(session);
    lane.push(frame);
  }

  /** Not even read before it is its person's turn: reading is what a large message costs. */
  #hold(session: Session, lane: CommandLane<Frame>, text: string): void {
    if (text.length > BYTES_A_COMMAND && lane.waiting >= LARGE_WAITING) {
      session.close(CloseCode.tooManyCommands, 'too many large commands');
      return;
    }
    lane.push(text);
    lane.pause();
  }

  #inTurn(session: Session, frame: Frame): Promise<void> | undefined {
    const length = typeof frame === 'string' ? frame.length : 0;
    const turn = this.people.turn(session, 1 + Math.floor(length / BYTES_A_COMMAND));
    return turn === undefined ? this.#carryOut(session, frame) : turn.then(() => this.#carryOut(session, frame));
  }

  #carryOut(session: Session, frame: Frame): Promise<void> | undefined {
    if (typeof frame !== 'string') return this.#run(session, frame);
    // Nobody is there to be told.
    if (!session.open) return;
    if (frame.length > BYTES_A_COMMAND) this.people.of(session)?.work(performance.now(), frame.length * READ_BYTE);
    return this.#run(session, this.dialect.decode(frame));
  }

  #run(session: Session, frame: DecodedFrame): Promise<void> | undefined {
    if (!frame.ok) return this.#refuse(session, frame.id, frame.reason);
    const pipeline = this.pipelines.get(frame.command.name);
    if (pipeline === undefined) return this.#refuse(session, frame.command.id, 'event is not a known command');
    const call = new CommandCall(frame.command, session, this.dialect, pipeline.target);
    const reply = pipeline.run(call);
    if (reply instanceof Promise) return reply.then((late) => this.#answer(call, late));
    this.#answer(call, reply);
  }

  #answer(call: CommandCall, reply: unknown): undefined {
    this.#count(call.name, call.refusal ? 'refused' : 'ok');
    if (call.refusal) this.#send(call.session, this.dialect.refusal(call, call.refusal));
    else if (reply !== undefined) this.#send(call.session, reply);
  }

  #refuse(session: Session, id: string | number | undefined, reason: string): undefined {
    this.#count('unknown', 'refused');
    this.#send(session, this.dialect.refusal({ id }, new Refusal(400, reason)));
  }

  #send(session: Session, reply: unknown): void {
    session.send(textFrame(Buffer.from(typeof reply === 'string' ? reply : JSON.stringify(reply))));
  }

  #count(name: string, outcome: string): void {
    let outcomes = this.commands.get(name);
    if (outcomes === undefined) this.commands.set(name, (outcomes = new Map<string, number>()));
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
}
