import { Injectable } from '@nestjs/common';
import type { Server } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { ChatStore } from '../model/index.js';
import { CHAT_SERVICE_NAME } from './chat-proto.js';

/** Names under which health may be asked for: the server as a whole, and the service. */
const SERVICES = ['', CHAT_SERVICE_NAME];

/** The standard health service of gRPC: serving while the store answers and the node does not stop. */
@Injectable()
export class GrpcHealth {
  readonly #health = new HealthImplementation();
  #status: 'SERVING' | 'NOT_SERVING' | undefined;
  #stopping = false;

  constructor(private readonly store: ChatStore) {
    this.refresh();
  }

  addTo(server: Pick<Server, 'addService'>): void {
    this.#health.addToServer(server as Server);
  }

  refresh(): void {
    const status = this.#stopping || this.store.trouble !== undefined ? 'NOT_SERVING' : 'SERVING';
    if (status === this.#status) return;
    this.#status = status;
    for (const service of SERVICES) this.#health.setStatus(service, status);
  }

  /** From here on not serving, whatever the store says. */
  stop(): void {
    this.#stopping = true;
    this.refresh();
  }
}
