import type { AuthProvider } from '@hermes/auth-provider';
import { Injectable } from '@nestjs/common';
import { ConfigurationError } from '../config/index.js';
import { roleFilter } from '../delivery/index.js';
import { faultOfName } from './answers/index.js';

export interface RegisteredProvider {
  readonly origin: string;
  /** The roles this origin allows; undefined, or containing `any`: all of them. */
  readonly roles: readonly string[] | undefined;
  /** Seconds that an identity may hold, whatever the provider says; undefined: as long as it says. */
  readonly maxAge?: number | undefined;
  readonly provider: AuthProvider;
  /** Where it comes from, in words an operator can act on. */
  readonly source: string;
}

/** Who answers for which origin. The origin a client names is looked up here and nowhere else. */
@Injectable()
export class AuthRegistry {
  readonly #byOrigin = new Map<string, RegisteredProvider>();

  /** @throws {ConfigurationError} when the origin has a provider already */
  register(entry: RegisteredProvider): void {
    const earlier = this.#byOrigin.get(entry.origin);
    if (earlier) {
      const both = `${earlier.source} and ${entry.source}`;
      throw new ConfigurationError([
        `the origin "${entry.origin}" has two auth providers, ${both}: remove one of them`,
      ]);
    }
    this.#byOrigin.set(entry.origin, entry);
  }

  find(origin: string): AuthProvider | undefined {
    return this.#byOrigin.get(origin)?.provider;
  }

  /** Whether this origin may have this role; no role may always be had, what is no name and a role at an unknown origin never. */
  allows(origin: string, role: string): boolean {
    const entry = this.#byOrigin.get(origin);
    if (!entry || faultOfName(role) !== undefined) return false;
    const wanted = roleFilter(role);
    return !entry.roles || wanted === undefined || entry.roles.includes('any') || entry.roles.includes(wanted);
  }

  maxAge(origin: string): number | undefined {
    return this.#byOrigin.get(origin)?.maxAge;
  }

  get origins(): readonly string[] {
    return [...this.#byOrigin.keys()];
  }
}
