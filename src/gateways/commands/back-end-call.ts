import type { Secret } from '@hermes/auth-provider';
import type { CommandDefinition, Method, Scope } from './definition/index.js';

/** One request to a back end, all its blanks filled; the token is added when it is made. */
export interface BackEndCall {
  readonly definition: CommandDefinition;
  readonly scope: Scope;
  readonly origin: string;
  readonly method: Method;
  readonly url: string;
  readonly body: string | undefined;
}

/** @returns a sentence that names the value which cannot stand in the path of the URL */
export function callOf(definition: CommandDefinition, scope: Scope): BackEndCall | string {
  const address = definition.url.fillIn(scope);
  if (address === undefined) return definition.url.faultOf(scope) ?? 'the address of the back end cannot be filled in';
  const query = new URLSearchParams();
  for (const [name, template] of definition.query) {
    const filled = template(scope);
    for (const value of Array.isArray(filled) ? filled : [filled]) {
      if (value !== undefined) query.append(name, String(value));
    }
  }
  const joint = address.includes('?') ? '&' : '?';
  return {
    definition,
    scope,
    origin: definition.url.origin,
    method: definition.method,
    url: query.size === 0 ? address : `${address}${joint}${query}`,
    body: definition.body && JSON.stringify(definition.body(scope) ?? null),
  };
}

/** Calls with the same fingerprint get the same answer. */
export function fingerprintOf({ definition, url, method }: BackEndCall, token: Secret | undefined): string {
  return JSON.stringify([definition.name, method, url, definition.tokenHeader && (token?.reveal() ?? '')]);
}
