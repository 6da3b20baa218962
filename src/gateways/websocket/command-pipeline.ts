import type {
  ArgumentMetadata,
  CanActivate,
  ExceptionFilter,
  NestInterceptor,
  PipeTransform,
  Type,
} from '@nestjs/common';
import {
  CUSTOM_ROUTE_ARGS_METADATA,
  EXCEPTION_FILTERS_METADATA,
  FILTER_CATCH_EXCEPTIONS,
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  PARAMTYPES_METADATA,
  PIPES_METADATA,
  ROUTE_ARGS_METADATA,
} from '@nestjs/common/internal';
import { defer, from, isObservable, of, type Observable } from 'rxjs';
import { CommandCall, type CommandTarget } from './command.js';
import { Refusal } from './refusal.js';

/** Finds the instance that Nest made of a guard, a pipe, an interceptor or a filter for the module of the gateway. */
export type Resolve = <T>(type: Type<T>) => T;

interface Parameter {
  readonly index: number;
  /** What the decorator takes out of the call. */
  readonly extract: (call: CommandCall) => unknown;
  /** Those of the class, of the method and of the parameter, in this order. */
  readonly pipes: readonly PipeTransform[];
  readonly metadata: ArgumentMetadata;
}

/** A filter, and the errors that its `@Catch` names: all of them when it names none. */
interface Catcher {
  readonly filter: ExceptionFilter;
  readonly errors: readonly Type[];
}

/** How `createParamDecorator` leaves its parameter in the metadata. */
interface ParameterMetadata {
  readonly index: number;
  readonly data: unknown;
  readonly factory: (data: unknown, context: CommandCall) => unknown;
  readonly pipes: readonly (PipeTransform | Type<PipeTransform>)[];
  readonly schema?: ArgumentMetadata['schema'];
}

/**
 * One gateway method with the guards, pipes, interceptors and filters that its decorators name, bound once.
 *
 * Nest's own pipeline builds a context, an observable and several promises for each message and always goes through the
 * microtask queue. This one runs the same parts in the same order, and stays synchronous as long as they do. The
 * differential spec beside it runs every gateway method through both; `gateway-support.ts` refuses at boot what only
 * Nest's own can do.
 */
export class CommandPipeline {
  readonly target: CommandTarget;
  readonly #guards: readonly CanActivate[];
  readonly #interceptors: readonly NestInterceptor[];
  /** The one nearest to the method first. */
  readonly #catchers: readonly Catcher[];
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
    this.#catchers = named<ExceptionFilter>(EXCEPTION_FILTERS_METADATA).map(catcherOf).toReversed();
    this.#parameters = parametersOf(gateway, methodName, named<PipeTransform>(PIPES_METADATA), resolve);
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
    let waits = false;
    for (const parameter of this.#parameters) {
      const value = valueFor(parameter, call);
      waits ||= isPromise(value);
      args[parameter.index] = value;
    }
    const { method } = this.target;
    return waits
      ? Promise.all(args).then((ready) => method.apply(this.gateway, ready))
      : method.apply(this.gateway, args);
  }

  #fail(error: unknown, call: CommandCall): undefined {
    const catcher = this.#catchers.find(
      ({ errors }) => errors.length === 0 || errors.some((type) => error instanceof type),
    );
    if (catcher === undefined) throw error;
    catcher.filter.catch(error, call);
  }
}

/** What the parameter gets; a promise of it once a pipe waits. */
function valueFor({ extract, pipes, metadata }: Parameter, call: CommandCall): unknown {
  let value = extract(call);
  for (const pipe of pipes) {
    value = isPromise(value)
      ? value.then((ready) => pipe.transform(ready, metadata) as unknown)
      : (pipe.transform(value, metadata) as unknown);
  }
  return value;
}

function enhancersOf<T>(where: object, key: string): (T | Type<T>)[] {
  return (Reflect.getMetadata(key, where) as (T | Type<T>)[] | undefined) ?? [];
}

function instanceOf<T>(enhancer: T | Type<T>, resolve: Resolve): T {
  return typeof enhancer === 'function' ? resolve(enhancer as Type<T>) : enhancer;
}

function catcherOf(filter: ExceptionFilter): Catcher {
  return { filter, errors: enhancersOf<Type>(filter.constructor, FILTER_CATCH_EXCEPTIONS) as Type[] };
}

function parametersOf(
  gateway: object,
  methodName: string,
  shared: readonly PipeTransform[],
  resolve: Resolve,
): readonly Parameter[] {
  const metadata = (Reflect.getMetadata(ROUTE_ARGS_METADATA, gateway.constructor, methodName) ?? {}) as object;
  const types = Reflect.getMetadata(PARAMTYPES_METADATA, gateway, methodName) as readonly Type[] | undefined;
  return Object.entries(metadata).map(([key, parameter]: [string, ParameterMetadata]) => {
    if (!key.includes(CUSTOM_ROUTE_ARGS_METADATA)) {
      throw new Error(`${gateway.constructor.name}.${methodName}: use @CommandBody() and @ConnectedSession()`);
    }
    const { index, data, factory, pipes, schema } = parameter;
    return {
      index,
      extract: (call) => factory(data, call),
      pipes: [...shared, ...pipes.map((pipe) => instanceOf(pipe, resolve))],
      metadata: {
        type: 'custom',
        metatype: types?.[index],
        data: data as string | undefined,
        ...(schema && { schema }),
      },
    };
  });
}

/** Goes on with a value at once, with a promise when it is there. */
function chain<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
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
