import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AddressesConfig, StrangerLog, excerpt, isLoopback, readAddress } from '../../addresses/index.js';
import { SessionService, type ClientInfo } from '../../sessions/index.js';
import { AddressDoor } from './address-door.js';
import { readOriginList } from './origin.js';
import { turnAway, type TurnedAway } from './turn-away.js';
import { clientInfo, judgeOrigin, type OriginVerdict, type Surroundings } from './upgrade-policy.js';
import { WebSocketConfig } from './websocket.config.js';

const VERSION = '13';
const LIST = 'HERMES_ALLOWED_ORIGINS';

/** Decides which upgrades there shall be, and tells the others why not: the client, the log and the metrics. */
@Injectable()
export class UpgradeDoor {
  /** Upgrades that were turned away, by HTTP status. */
  readonly refused = new Map<number, number>();
  readonly #logger = new Logger(UpgradeDoor.name);
  readonly #log = new StrangerLog((entry) => this.#logger.log('upgrade.refused', entry));
  #surroundings: Surroundings | undefined;

  constructor(
    private readonly host: HttpAdapterHost,
    readonly addresses: AddressDoor,
    private readonly sessions: SessionService,
    private readonly config: WebSocketConfig,
    private readonly addressesConfig: AddressesConfig,
  ) {}

  clientOf(request: IncomingMessage): ClientInfo {
    return clientInfo(request, this.addressesConfig.trustedProxies);
  }

  /** @returns undefined for a client that may come in; it has its place among those of its address then */
  objection(request: IncomingMessage, client: ClientInfo): TurnedAway | undefined {
    const verdict = judgeOrigin(request, (this.#surroundings ??= this.#lookAround()));
    if (verdict !== 'allowed') return this.#wrongOrigin(request, verdict);
    if (request.method !== 'GET') return wrongMethod;
    if ((request.headers['sec-websocket-version'] ?? VERSION) !== VERSION) return wrongVersion;
    if (!this.sessions.admits) return noRoom;
    return this.addresses.admits(request, client.ip) ? undefined : this.addresses.refusal;
  }

  refuse(request: IncomingMessage, socket: Duplex, why: TurnedAway): void {
    const { status, reason } = why;
    this.refused.set(status, (this.refused.get(status) ?? 0) + 1);
    const { origin, host } = request.headers;
    const path = excerpt(request.url?.split('?')[0]);
    const address = this.clientOf(request).ip;
    const [from, to] = [excerpt(origin), excerpt(host)];
    this.#log.add({ status, path, origin: from, host: to, address, reason: excerpt(reason) });
    turnAway(socket, why);
  }

  #lookAround(): Surroundings {
    const server = this.host.httpAdapter.getHttpServer() as Server;
    const where = server.address();
    const { allowedOrigins } = this.config;
    return {
      allowed: allowedOrigins.length === 0 ? undefined : readOriginList(allowedOrigins),
      trusted: this.addressesConfig.trustedProxies,
      onLoopback: typeof where === 'object' && where !== null && isLoopback(readAddress(where.address) ?? ''),
    };
  }

  #wrongOrigin({ headers }: IncomingMessage, verdict: OriginVerdict): TurnedAway {
    const origin = JSON.stringify(excerpt(headers.origin));
    const host = JSON.stringify(excerpt(headers.host) ?? '');
    const reasons: Readonly<Record<OriginVerdict, string>> = {
      allowed: '',
      unlisted: `pages of the origin ${origin} may not connect: add it to ${LIST}`,
      foreign:
        `pages of the origin ${origin} may not connect to the host ${host}: set ${LIST} to a list of the origins that ` +
        'may; a proxy in front has to pass the Host on, or X-Forwarded-Host where HERMES_TRUSTED_PROXIES names it',
      rebound: `Hermes listens on this machine alone, and ${host} is no name of it: set ${LIST} to a list that has ${origin}`,
    };
    return { status: 403, reason: reasons[verdict] };
  }
}

const wrongMethod: TurnedAway = {
  status: 405,
  reason: 'a WebSocket is opened with GET',
  headers: { Allow: 'GET' },
};

const wrongVersion: TurnedAway = {
  status: 426,
  reason: `only version ${VERSION} of the WebSocket protocol is spoken here`,
  headers: { 'Sec-WebSocket-Version': VERSION },
};

const noRoom: TurnedAway = {
  status: 503,
  reason:
    'this node is stopping, or has as many sessions as it may (HERMES_MAX_SESSIONS): try again, another may have room',
};
