import type { CanActivate, ExceptionFilter, NestInterceptor, PipeTransform, Type } from '@nestjs/common';
import {
  CUSTOM_ROUTE_ARGS_METADATA,
  EXCEPTION_FILTERS_METADATA,
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  PARAMTYPES_METADATA,
  ROUTE_ARGS_METADATA,
} from '@nestjs/common/internal';
import { defer, from, isObservable, of, type Observable } from 'rxjs';
import { CommandCall, type CommandTarget } from './command.js';
import { Refusal } from './refusal.js';

/** Finds the instance that Nest made of a guard, an interceptor or a filter. */
export type Resolve = <T>(type: Type<T>) => T;

interface Parameter {
  readonly index: number;
  /** What the decorator takes out of the call. */
  readonly extract: (call: CommandCall) => unknown;
  readonly pipes: readonly PipeTransform[];
  readonly metatype: Type | undefined;
}

/** How `createParamDecorator` leaves its parameter in the metadata. */
interface ParameterMetadata {
  readonly index: number;
  readonly data: unknown;
  readonly factory: (data: unknown, context: CommandCall) => unknown;
  readonly pipes: readonly (PipeTransform | Type<PipeTransform>)[];
}

/**
 * One gateway method with the guards, pipes, interceptors and filter that its decorators name, bound once.
 *
 * Nest's own pipeline builds a context, an observable and several promises for each message and always goes through the
 * microtask queue. This one runs the same parts in the same order, and stays synchronous as long as they do.
 */
export class CommandPipeline {
  readonly target: CommandTarget;
  readonly #guards: readonly CanActivate[];
  readonly #interceptors: readonly NestInterceptor[];
  readonly #filter: ExceptionFilter | undefined;
  readonly #parameters: readonly Parameter[];

  constructor(
    private readonly gateway: object,
    methodName: string,
    resolve: Resolve,
  ) {
    const type = gateway.constructor as Type;
    const method = (gateway as Record<string, CommandTarget['method']>)[methodName];
    if (method === undefined) throw new Error(`${type.name} has no method ${methodName}`);
    this.target = { type, method };
    const named = <T>(key: string): T[] =>
      [type, method].flatMap((where) => enhancersOf<T>(where, key)).map((one) => instanceOf(one, resolve));
    this.#guards = named<CanActivate>(GUARDS_METADATA);
    this.#interceptors = named<NestInterceptor>(INTERCEPTORS_METADATA);
    this.#filter = named<ExceptionFilter>(EXCEPTION_FILTERS_METADATA).at(-1);
    this.#parameters = parametersOf(gateway, methodName, resolve);
  }

  /** Carries the command out. What fails goes to the filter, which leaves its answer with the call. */
  run(call: CommandCall): unknown {
    try {
      const result = chain(this.#admit(call, 0), () => this.#intercept(call, 0));
      return isPromise(result) ? result.then(undefined, (error: unknown) => this.#fail(error, call)) : result;
    } catch (error) {
      return this.#fail(error, call);
    }
  }

  #admit(call: CommandCall, index: number): unknown {
    const guard = this.#guards[index];
    if (guard === undefined) return true;
    return chain(flat(guard.canActivate(call)), (admitted) => {
      if (!admitted) throw new Refusal(403, 'this session may not do that');
      return this.#admit(call, index + 1);
    });
  }

  #intercept(call: CommandCall, index: number): unknown {
    const interceptor = this.#interceptors[index];
    if (interceptor === undefined) return this.#invoke(call);
    const handle = (): Observable<unknown> => defer(() => observable(this.#intercept(call, index + 1)));
    return chain(interceptor.intercept(call, { handle }), flat);
  }

  #invoke(call: CommandCall): unknown {
    const args: unknown[] = [];
    for (const { index, extract, pipes, metatype } of this.#parameters) {
      let value = extract(call);
      for (const pipe of pipes) value = pipe.transform(value, { type: 'custom', metatype, data: undefined });
      args[index] = value;
    }
    return this.target.method.apply(this.gateway, args);
  }

  #fail(error: unknown, call: CommandCall): undefined {
    if (this.#filter === undefined) throw error;
    this.#filter.catch(error, call);
  }
}

function enhancersOf<T>(where: object, key: string): (T | Type<T>)[] {
  return (Reflect.getMetadata(key, where) as (T | Type<T>)[] | undefined) ?? [];
}

function instanceOf<T>(enhancer: T | Type<T>, resolve: Resolve): T {
  return typeof enhancer === 'function' ? resolve(enhancer as Type<T>) : enhancer;
}

function parametersOf(gateway: object, methodName: string, resolve: Resolve): readonly Parameter[] {
  const metadata = (Reflect.getMetadata(ROUTE_ARGS_METADATA, gateway.constructor, methodName) ?? {}) as object;
  const types = Reflect.getMetadata(PARAMTYPES_METADATA, gateway, methodName) as readonly Type[] | undefined;
  return Object.entries(metadata).map(([key, { index, data, factory, pipes }]: [string, ParameterMetadata]) => {
    if (!key.includes(CUSTOM_ROUTE_ARGS_METADATA)) {
      throw new Error(`${gateway.constructor.name}.${methodName}: use @CommandBody() and @ConnectedSession()`);
    }
    return {
      index,
      extract: (call) => factory(data, call),
      pipes: pipes.map((pipe) => instanceOf(pipe, resolve)),
      metatype: types?.[index],
    };
  });
}

/** Goes on with a value at once, with a promise when it is there. */
function chain<T>(value: T | Promise<T>, next: (value: T) => unknown): unknown {
  return isPromise<T>(value) ? value.then(next) : next(value);
}

function isPromise<T>(value: unknown): value is Promise<T> {
  return value instanceof Promise;
}

function observable(value: unknown): Observable<unknown> {
  if (isObservable(value)) return value;
  return isPromise(value) ? from(value) : of(value);
}

/** The last value of an observable: itself when the observable completes at once, else a promise of it. */
function flat(value: unknown): unknown {
  if (!isObservable(value)) return value;
  const outcome: { last?: unknown; state: 'open' | 'complete' | 'failed'; error?: unknown } = { state: 'open' };
  let settle: (() => void) | undefined;
  const end = (state: 'complete' | 'failed') => (error?: unknown) => {
    outcome.state = state;
    outcome.error = error;
    settle?.();
  };
  value.subscribe({ next: (last) => (outcome.last = last), error: end('failed'), complete: end('complete') });
  if (outcome.state === 'complete') return outcome.last;
  if (outcome.state === 'failed') throw outcome.error;
  return new Promise((resolve, reject) => {
    settle = () => (outcome.state === 'failed' ? reject(outcome.error as Error) : resolve(outcome.last));
  });
}
