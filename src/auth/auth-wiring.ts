import { originOf, type AuthProvider } from '@hermes/auth-provider';
import { HttpService } from '@nestjs/axios';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { ConfigurationError } from '../config/index.js';
import { AuthRegistry } from './auth-registry.js';
import { AuthConfig } from './auth.config.js';
import { AuthService } from './auth.service.js';
import { createAuthProvider, KeysLog, type BuiltInProvider } from './providers/index.js';

/** Fills the registry at start, with what is configured and with what other modules provide, and closes what it made. */
@Injectable()
export class AuthWiring implements OnModuleInit, OnApplicationShutdown {
  readonly #logger = new Logger(AuthWiring.name);
  readonly #builtIn: BuiltInProvider[] = [];

  constructor(
    private readonly registry: AuthRegistry,
    private readonly service: AuthService,
    private readonly config: AuthConfig,
    private readonly discovery: DiscoveryService,
    private readonly http: HttpService,
  ) {}

  onModuleInit(): void {
    for (const [origin, config] of this.config.providers) {
      const { roles, maxAge } = config;
      const log = new KeysLog(origin);
      const provider = createAuthProvider(origin, config, this.http, (event) => {
        log.write(event);
        this.service.keysLookedUp(origin, event.kind);
      });
      this.#builtIn.push(provider);
      this.registry.register({ origin, roles, maxAge, provider, source: 'the one in HERMES_AUTH_PROVIDERS' });
    }
    this.#registerDiscovered();
    this.#logger.log('auth.ready', { origins: this.registry.origins.join(',') });
  }

  onApplicationShutdown(): void {
    for (const provider of this.#builtIn) provider.close?.();
  }

  #registerDiscovered(): void {
    const seen = new Set<unknown>();
    for (const wrapper of this.discovery.getProviders()) {
      // A factory's metatype is the factory, an alias's is that of the class it stands for.
      const type = originOf(wrapper.metatype) ? wrapper.metatype : wrapper.instance?.constructor;
      const named = originOf(type);
      if (!named || seen.has(wrapper.instance)) continue;
      const source = `${String(wrapper.name)} of ${wrapper.host?.name ?? 'an unnamed module'}`;
      if (!wrapper.isDependencyTreeStatic() || wrapper.isTransient) {
        throw new ConfigurationError([
          `the auth provider ${source} must be a singleton: leave its scope at the default`,
        ]);
      }
      if (!isAuthProvider(wrapper.instance)) {
        throw new ConfigurationError([`${source} is marked with ForOrigin but is no provider: extend AuthProvider`]);
      }
      seen.add(wrapper.instance);
      this.registry.register({ ...named, roles: named.roles, provider: wrapper.instance, source });
    }
  }
}

/** By its method, not by its class: it may extend the AuthProvider of another copy of the library. */
function isAuthProvider(instance: unknown): instance is AuthProvider {
  return typeof (instance as Partial<AuthProvider> | null | undefined)?.authenticate === 'function';
}
