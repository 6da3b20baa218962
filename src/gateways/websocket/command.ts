import type { ExecutionContext, Type } from '@nestjs/common';
import type { Session } from '../../sessions/index.js';
import type { Dialect } from './dialect.js';
import type { Refusal } from './refusal.js';

/** What a client asks for, once its frame has been read. */
export interface Command {
  /** Name of the gateway method that answers it. */
  readonly name: string;
  /** Given by clients that want to match the answer. */
  readonly id: string | number | undefined;
  readonly body: unknown;
}

type WsHost = ReturnType<ExecutionContext['switchToWs']>;

/** The gateway method that a command is for. */
export interface CommandTarget {
  readonly type: Type;
  readonly method: (...args: unknown[]) => unknown;
}

/**
 * A command on its way through a gateway. It is its own execution context, so that guards, interceptors, parameter
 * decorators and filters get what Nest promises them (`switchToWs().getData()` is the call itself) without an object
 * made for each of them.
 */
export class CommandCall implements Command, ExecutionContext {
  readonly name: string;
  readonly id: string | number | undefined;
  readonly body: unknown;
  #refusal: Refusal | undefined;

  constructor(
    command: Command,
    readonly session: Session,
    readonly dialect: Dialect,
    private readonly target: CommandTarget,
  ) {
    this.name = command.name;
    this.id = command.id;
    this.body = command.body;
  }

  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** An error filter has no return value in Nest: it leaves its answer here. */
  refuse(refusal: Refusal): void {
    this.#refusal = refusal;
  }

  getClass<T>(): Type<T> {
    return this.target.type as Type<T>;
  }

  getHandler(): CommandTarget['method'] {
    return this.target.method;
  }

  getArgs<T extends unknown[]>(): T {
    return [this.session, this, this.name] as unknown as T;
  }

  getArgByIndex<T>(index: number): T {
    return this.getArgs()[index] as T;
  }

  getType<T extends string>(): T {
    return 'ws' as T;
  }

  switchToWs(): WsHost {
    return this as unknown as WsHost;
  }

  getData<T>(): T {
    return this as unknown as T;
  }

  getClient<T>(): T {
    return this.session as T;
  }

  getPattern(): string {
    return this.name;
  }

  switchToHttp(): never {
    throw new Error('a command comes over WebSocket, not over HTTP');
  }

  switchToRpc(): never {
    throw new Error('a command comes over WebSocket, not over RPC');
  }
}
