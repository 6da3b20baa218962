import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable, Logger, type OnModuleInit, type Type } from '@nestjs/common';
import { ApplicationConfig, DiscoveryService, HttpAdapterHost, MetadataScanner } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/internal';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { WsAdapter } from '@nestjs/platform-ws';
import { GATEWAY_OPTIONS, MESSAGE_METADATA } from '@nestjs/websockets/internal';
import { answerPlainly, offers } from '../../http/index.js';
import { CommandBudgetConfig, SessionService } from '../../sessions/index.js';
import type { Gateway } from './client-gateway.js';
import { CommandPipeline } from './command-pipeline.js';
import { GatewayEndpoint } from './gateway-endpoint.js';
import { unsupportedBy, unsupportedGlobals } from './gateway-support.js';
import type { TurnedAway } from './turn-away.js';
import { UpgradeDoor } from './upgrade-door.js';
import { WebSocketConfig } from './websocket.config.js';

const UPGRADE_REQUIRED = { Upgrade: 'websocket', Connection: 'Upgrade' };
const SPEAKS_WEBSOCKET = 'this path speaks WebSocket: connect with ws:// or wss://\n';

/**
 * Connects Nest's gateways with our endpoints. Nest makes the gateways and their guards, interceptors and filters; it
 * would bind them anew for each client and run them for each message. Here they are bound once, in pipelines of our own,
 * and Nest is shown no client at all: a connection costs nothing but its own state.
 */
@Injectable()
export class HermesWsAdapter extends WsAdapter implements OnModuleInit {
  protected override readonly logger = new Logger(HermesWsAdapter.name);
  readonly #endpoints = new Map<string, GatewayEndpoint>();

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly discovery: DiscoveryService,
    private readonly application: ApplicationConfig,
    private readonly sessions: SessionService,
    private readonly config: WebSocketConfig,
    private readonly budget: CommandBudgetConfig,
    private readonly door: UpgradeDoor,
  ) {
    super();
  }

  /** Upgrades that were turned away, by HTTP status. */
  get refusedUpgrades(): ReadonlyMap<number, number> {
    return this.door.refused;
  }

  /** Connections of addresses that had as many as they may. */
  get crowdedConnections(): number {
    return this.door.addresses.turnedAway;
  }

  get endpoints(): readonly GatewayEndpoint[] {
    return [...new Set(this.#endpoints.values())];
  }

  /** @param options the `path` is the name that the gateway has in Nest */
  override create(_port: number, { path: name }: { path: string }): GatewayEndpoint {
    if (this.#endpoints.size === 0)
      this.#server.on('upgrade', this.#upgrade).on('connection', this.door.addresses.opened);
    const wrapper = this.#gatewayCalled(name);
    const gateway = wrapper.instance as Gateway;
    const endpoint = new GatewayEndpoint(
      gateway,
      this.#pipelinesOf(gateway, wrapper),
      this.sessions,
      this.config,
      this.budget,
      this.door,
      this.sessions.people,
    );
    for (const path of gateway.paths) {
      if (this.#endpoints.has(path)) throw new Error(`two gateways claim the path ${path}`);
      this.#endpoints.set(path, endpoint);
    }
    return endpoint;
  }

  override bindClientConnect(): void {
    // Clients are the endpoint's.
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }

  override async dispose(): Promise<void> {
    this.#server.off('upgrade', this.#upgrade).off('connection', this.door.addresses.opened);
    await super.dispose();
  }

  /** Answers who comes to a gateway without a WebSocket: people, and balancers. Routes of controllers are there and go first. */
  onModuleInit(): void {
    const fastify = (this.host.httpAdapter as FastifyAdapter).getInstance();
    fastify.addHook('onRequest', async ({ raw }, reply) => {
      if (!this.door.addresses.isCrowded(raw)) return;
      const { status, headers, reason } = this.door.addresses.refusal;
      await reply
        .code(status)
        .headers({ ...headers, Connection: 'close' })
        .type('text/plain')
        .send(`${reason}\n`);
    });
    for (const [path, { plainGet }] of this.#endpoints) {
      const url = path.replaceAll(':', '::').replace(/(.)\/+$/, '$1');
      if (path.includes('*') || fastify.hasRoute({ method: 'GET', url })) continue;
      fastify.get(url, (_, reply) => {
        void reply.type('text/plain');
        if (plainGet !== undefined) return reply.send(plainGet);
        return reply.code(426).headers(UPGRADE_REQUIRED).send(SPEAKS_WEBSOCKET);
      });
    }
  }

  /** @throws Error with a sentence for everything that the gateway asks of Nest and would not get */
  #gatewayCalled(name: string): InstanceWrapper {
    const wrapper = this.discovery.getProviders().find(({ metatype }) => {
      const options = metatype && (Reflect.getMetadata(GATEWAY_OPTIONS, metatype) as { path?: string } | undefined);
      return options?.path === name;
    });
    if (wrapper === undefined) throw new Error(`no gateway is called ${name}: decorate it with @ClientGateway()`);
    const { metatype, instance } = wrapper;
    const faults = [
      ...unsupportedBy({ metatype, instance, isDependencyTreeStatic: wrapper.isDependencyTreeStatic() }),
      ...unsupportedGlobals(this.application),
    ];
    if (faults.length > 0) throw new Error(faults.join('; '));
    return wrapper;
  }

  #pipelinesOf(gateway: Gateway, { host }: InstanceWrapper): ReadonlyMap<string, CommandPipeline> {
    // What a decorator names is made by Nest for the module of the class that bears it.
    const resolve = <T>(type: Type<T>): T => host?.injectables.get(type)?.instance as T;
    const methods = new MetadataScanner().getAllMethodNames(Object.getPrototypeOf(gateway) as object);
    return new Map(
      methods.flatMap((method) => {
        const handler = (gateway as unknown as Record<string, object>)[method];
        const command = handler && (Reflect.getMetadata(MESSAGE_METADATA, handler) as string | undefined);
        return command === undefined ? [] : [[command, new CommandPipeline(gateway, method, resolve)] as const];
      }),
    );
  }

  get #server(): Server {
    return this.host.httpAdapter.getHttpServer() as Server;
  }

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const path = request.url?.split('?')[0] ?? '';
    const client = this.door.clientOf(request);
    const endpoint = this.#endpoints.get(path);
    const isWebSocket = offers(request, 'websocket');
    if (!isWebSocket && endpoint === undefined) return answerPlainly(this.#server, request, socket, head);
    // One of several will do for us, and ws compares the whole of it.
    if (isWebSocket) request.headers.upgrade = 'websocket';
    const objection = endpoint === undefined ? this.#nothingHere() : this.door.objection(request, client);
    if (endpoint === undefined || objection !== undefined) {
      this.door.refuse(request, socket, objection ?? this.#nothingHere());
    } else {
      endpoint.accept(request, socket, head, client);
    }
  };

  #nothingHere(): TurnedAway {
    const paths = [...this.#endpoints.keys()].join(', ');
    return { status: 404, reason: `there is no WebSocket at this path; there is one at ${paths}` };
  }
}
