import { randomUUID } from 'node:crypto';
import type { Metadata, ServerInterceptingCallInterface, ServerInterceptor } from '@grpc/grpc-js';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AddressesConfig, clientAddress } from '../../addresses/index.js';
import { AuthService, type AuthVerdict } from '../../auth/index.js';
import type { ClientInfo } from '../../sessions/index.js';
import { ChatConfig, ChatRefusal } from '../model/index.js';
import { admit, type Caller } from './admission.js';
import { bearerToken } from './bearer-token.js';
import { CallBudgets } from './call-budgets.js';
import { GuardedCall } from './guarded-call.js';
import { GrpcConnections } from './grpc-connections.js';
import { GrpcStats } from './grpc-stats.js';
import { GrpcRefusal } from './grpc-status.js';
import { GrpcTimes } from './grpc-times.js';
import { wireCallOf } from './wire-call.js';

/** What answers whoever asks: balancers have no token, nor has a tool that looks at the contract. What they ask is small. */
const OPEN_TO_ALL = ['/grpc.health.v1.Health/', '/grpc.reflection.'];

/**
 * Where every call comes by, of every service. It is judged by its metadata, before a byte of its messages is read: whoever
 * is not let in costs a look at the token, and holds nothing.
 */
@Injectable()
export class GrpcDoor implements OnApplicationBootstrap {
  constructor(
    private readonly auth: AuthService,
    private readonly config: ChatConfig,
    private readonly addresses: AddressesConfig,
    private readonly budgets: CallBudgets,
    private readonly connections: GrpcConnections,
    private readonly stats: GrpcStats,
    private readonly times: GrpcTimes,
  ) {}

  onApplicationBootstrap(): void {
    this.auth.relyOn(this.config.origin, 'HERMES_CHAT_ORIGIN');
  }

  /** For the server. */
  readonly interceptor: ServerInterceptor = (method, call) => {
    const { path } = method;
    const judge = async (metadata: Metadata): Promise<void> => {
      const caller = await this.#judge(metadata, call, path);
      if (caller === undefined) return;
      admit(metadata, { caller, client: this.#clientOf(metadata, call), stream: wireCallOf(call).stream });
    };
    return new GuardedCall(method, call, { judge, stats: this.stats, times: this.times }).guarded;
  };

  /** @returns undefined where nobody is asked who he is @throws {ChatRefusal} */
  async #judge(metadata: Metadata, call: ServerInterceptingCallInterface, path: string): Promise<Caller | undefined> {
    const { stream, incomingEncoding } = wireCallOf(call);
    if (incomingEncoding !== 'identity') {
      throw new GrpcRefusal('UNIMPLEMENTED', 'grpc-encoding: messages must not be compressed');
    }
    const ends = call.getConnectionInfo();
    if (OPEN_TO_ALL.some((open) => path.startsWith(open))) {
      this.connections.visited(ends, stream.session);
      return undefined;
    }
    const caller = callerBy(await this.#authorize(metadata, call));
    this.connections.identified(ends);
    if (!path.endsWith('/EventBuff')) this.budgets.spend(caller.userId);
    return caller;
  }

  async #authorize(metadata: Metadata, call: ServerInterceptingCallInterface): Promise<AuthVerdict> {
    return this.auth.authorize({
      sessionId: randomUUID(),
      token: bearerToken(metadata),
      ...this.#clientOf(metadata, call),
      origin: this.config.origin,
      role: '',
    });
  }

  #clientOf(metadata: Metadata, call: ServerInterceptingCallInterface): ClientInfo {
    const forwarded = metadata.get('x-forwarded-for').map(String).join();
    const { remoteAddress } = call.getConnectionInfo();
    const request = { headers: forwarded === '' ? {} : { 'x-forwarded-for': forwarded }, socket: { remoteAddress } };
    return {
      ip: clientAddress(request, this.addresses.trustedProxies),
      userAgent: String(metadata.get('user-agent')[0] ?? ''),
    };
  }
}

function callerBy(verdict: AuthVerdict): Caller {
  if (verdict.kind === 'authorized') {
    const { userId, role, ttl } = verdict;
    return { userId, role, ttl, expiresAt: ttl === undefined ? 0 : Math.round(Date.now() + ttl * 1_000) };
  }
  if (verdict.code < 500) throw new ChatRefusal('UNAUTHENTICATED', 'the token is not accepted');
  throw new ChatRefusal('UNAVAILABLE', 'nobody can say just now whether the token is good: try again');
}
