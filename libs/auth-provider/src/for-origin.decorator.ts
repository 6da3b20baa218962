import 'reflect-metadata';
import { Injectable, SetMetadata } from '@nestjs/common';
import type { AuthProvider } from './auth-provider.js';

/** What a provider class says about itself. `roles` absent, or containing `any`: every role is allowed. */
export interface Origin {
  readonly origin: string;
  readonly roles?: readonly string[] | undefined;
}

type AuthProviderClass = abstract new (...args: never[]) => AuthProvider;

// A plain string and not a symbol: a provider may bring its own copy of this package and must still be found.
const ORIGIN = 'hermes:auth-provider:origin';

/**
 * Makes a class the AuthProvider of one origin, and injectable.
 *
 * @param origin what clients send as `origin` in their `authorize` command
 * @throws {TypeError} when the origin is empty or the roles are not strings
 */
export function ForOrigin(
  origin: string,
  { roles }: { readonly roles?: readonly string[] } = {},
): (target: AuthProviderClass) => void {
  if (typeof origin !== 'string' || origin === '') throw new TypeError('ForOrigin needs the name of an origin');
  if (roles !== undefined && !isRoles(roles)) {
    throw new TypeError(`ForOrigin('${origin}') takes its roles as a list of names, such as { roles: ['admin'] }`);
  }
  return (target) => {
    Injectable()(target);
    SetMetadata(ORIGIN, { origin, roles } satisfies Origin)(target);
  };
}

/** What {@link ForOrigin} was told; undefined for a class that is nobody's provider. */
export function originOf(target: unknown): Origin | undefined {
  return typeof target === 'function' ? Reflect.getMetadata(ORIGIN, target) : undefined;
}

function isRoles(roles: unknown): boolean {
  return Array.isArray(roles) && roles.every((role) => typeof role === 'string' && role !== '');
}
