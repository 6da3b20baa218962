import { randomUUID } from 'node:crypto';
import { Injectable, type CanActivate, type ExecutionContext, type OnApplicationBootstrap } from '@nestjs/common';
import { AuthService, type AuthVerdict } from '../../auth/index.js';
import { ChatConfig, ChatRefusal } from '../model/index.js';
import { bearerToken } from './bearer-token.js';
import { CallBudgets } from './call-budgets.js';
import { identifyCall, type Caller } from './caller.js';
import { CallOver } from './call-over.js';
import { addressOf, callOf, isOver, isStream, userAgentOf, type GrpcCall } from './grpc-call.js';

/** Lets in whoever brings a token that the AuthProvider of chat accepts, and leaves with the call whose it is. */
@Injectable()
export class GrpcAuthGuard implements CanActivate, OnApplicationBootstrap {
  constructor(
    private readonly auth: AuthService,
    private readonly config: ChatConfig,
    private readonly budgets: CallBudgets,
  ) {}

  onApplicationBootstrap(): void {
    this.auth.relyOn(this.config.origin, 'HERMES_CHAT_ORIGIN');
  }

  /** @throws {ChatRefusal} @throws {CallOver} */
  async canActivate(context: ExecutionContext): Promise<true> {
    const call = callOf(context.getArgs());
    if (isOver(call)) throw new CallOver();
    const caller = callerBy(await this.#authorize(call));
    if (isOver(call)) throw new CallOver();
    if (!isStream(call)) this.budgets.spend(caller.userId);
    identifyCall(call, caller);
    return true;
  }

  #authorize(call: GrpcCall): Promise<AuthVerdict> {
    return this.auth.authorize({
      sessionId: randomUUID(),
      token: bearerToken(call.metadata),
      userAgent: userAgentOf(call),
      ip: addressOf(call),
      origin: this.config.origin,
      role: '',
    });
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
