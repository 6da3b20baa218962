import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Injectable, Logger } from '@nestjs/common';
import { AddressConnections, AddressesConfig, StrangerLog, readAddress, type Place } from '../../addresses/index.js';
import type { TurnedAway } from './turn-away.js';

const COUNTED = Symbol('address');
type CountedSocket = Socket & { [COUNTED]?: string };

/**
 * Keeps the connections to the HTTP server by address, and turns those away of an address that has too many. Those of a
 * trusted proxy are its own matter: behind it each client counts, from its upgrade on.
 */
@Injectable()
export class AddressDoor {
  /** Connections that were turned away. */
  turnedAway = 0;
  /** Shared by all connections: by then the socket does not know its address any more. */
  readonly #left: (this: CountedSocket) => void;
  /** Connections that are told so when they ask for something. */
  readonly #crowded = new WeakSet<object>();
  readonly #logger = new Logger(AddressDoor.name);
  readonly #log = new StrangerLog((entry) => this.#logger.warn('address.crowded', entry));

  constructor(
    private readonly connections: AddressConnections,
    private readonly config: AddressesConfig,
  ) {
    this.#left = function (this: CountedSocket) {
      connections.leave(this[COUNTED] ?? '');
    };
  }

  readonly opened = (socket: Socket): void => {
    const address = readAddress(socket.remoteAddress ?? '') ?? '';
    if (this.config.trustedProxies.has(address)) return;
    const place = this.#enter(socket, address);
    if (place === 'crowded') this.#crowded.add(socket);
    if (place === 'none') socket.destroy();
  };

  /** Whether the connection is one too many for its address. */
  isCrowded({ socket }: Pick<IncomingMessage, 'socket'>): boolean {
    return this.#crowded.has(socket);
  }

  /** @param address of the client that asks for an upgrade */
  admits({ socket }: IncomingMessage, address: string): boolean {
    if (this.#crowded.has(socket)) return false;
    if (!this.config.trustedProxies.has(readAddress(socket.remoteAddress ?? '') ?? '')) return true;
    return this.#enter(socket, address) === 'in';
  }

  get refusal(): TurnedAway {
    const reason =
      `this address has ${this.connections.bound} connections already: close some of them, or raise ` +
      'HERMES_MAX_CONNECTIONS_PER_ADDRESS; where it is a proxy, name it in HERMES_TRUSTED_PROXIES';
    return { status: 429, reason, headers: { 'Retry-After': '30' } };
  }

  #enter(socket: Socket, address: string): Place {
    const place = this.connections.enter(address);
    if (place !== 'none') {
      (socket as CountedSocket)[COUNTED] = address;
      socket.on('close', this.#left);
    }
    if (place !== 'in') {
      this.turnedAway++;
      const mend = 'where this is a proxy, name it in HERMES_TRUSTED_PROXIES; else HERMES_MAX_CONNECTIONS_PER_ADDRESS';
      this.#log.add({ address, connections: this.connections.bound, mend });
    }
    return place;
  }
}
