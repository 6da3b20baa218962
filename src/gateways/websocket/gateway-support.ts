import type { ApplicationConfig } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/internal';

/** Methods that Nest calls on the gateways of its own adapter, and what Hermes calls in their place. */
const HOOKS: Readonly<Record<string, string>> = {
  handleConnection: 'sessionOpened',
  handleDisconnect: 'sessionClosed',
};

/** What `app.useGlobal…` and the tokens `APP_GUARD`, `APP_PIPE`, `APP_INTERCEPTOR` and `APP_FILTER` add. */
const GLOBALS = ['Guards', 'Pipes', 'Interceptors', 'Filters'] as const;

/**
 * What a gateway asks of Nest that Hermes does not do for commands; a gateway that would be ignored in silence must not
 * start.
 *
 * @returns sentences that name the class, and what to do instead
 */
export function unsupportedBy({ metatype, instance, isDependencyTreeStatic }: GatewayWrapper): string[] {
  const name = metatype?.name ?? 'a gateway';
  if (!isDependencyTreeStatic)
    return [`${name} is request-scoped: a gateway and all that it injects live as long as Hermes`];
  return Object.entries(HOOKS)
    .filter(([hook]) => typeof (instance as Record<string, unknown>)[hook] === 'function')
    .map(([hook, ours]) => `${name}.${hook} is never called: implement ${ours} instead`);
}

/** The part of Nest's wrapper of a provider that is looked at. */
interface GatewayWrapper {
  readonly metatype: InstanceWrapper['metatype'];
  readonly instance: object;
  readonly isDependencyTreeStatic: boolean;
}

/** Global guards, pipes, interceptors and filters, which apply to HTTP alone. */
export function unsupportedGlobals(config: ApplicationConfig): string[] {
  return GLOBALS.filter(
    (kind) => config[`getGlobal${kind}`]().length + config[`getGlobalRequest${kind}`]().length > 0,
  ).map(
    (kind) =>
      `global ${kind.toLowerCase()} (APP_${kind.toUpperCase().slice(0, -1)}, useGlobal${kind}) do not reach commands over ` +
      `WebSocket: name them with @Use${kind}() on the controllers and gateways that they are for`,
  );
}
