import { authorized, type AuthOutcome } from '@hermes/auth-provider';
import { AuthProvider } from '@hermes/auth-provider';
import * as fc from 'fast-check';
import { AuthRegistry } from './auth-registry.js';

class Anybody extends AuthProvider {
  async authenticate(): Promise<AuthOutcome> {
    return authorized('u1');
  }
}

function aRegistry(origin: string, roles: readonly string[] | undefined): AuthRegistry {
  const registry = new AuthRegistry();
  registry.register({ origin, roles, provider: new Anybody(), source: 'the test' });
  return registry;
}

describe('auth registry', () => {
  const role = fc.constantFrom('', 'any', 'user', 'admin', '__proto__', 'constructor');

  it('allows exactly the roles of an origin, and no role always', () => {
    fc.assert(
      fc.property(fc.option(fc.array(role), { nil: undefined }), role, (roles, wanted) => {
        const everything = roles === undefined || roles.includes('any');
        const nothing = wanted === '' || wanted === 'any';
        const expected = everything || nothing || roles.includes(wanted);
        expect(aRegistry('user', roles).allows('user', wanted)).toBe(expected);
      }),
    );
  });

  it('allows nothing at an origin nobody answers for', () => {
    fc.assert(
      fc.property(fc.string(), role, (origin, wanted) => {
        fc.pre(origin !== 'user');
        const registry = aRegistry('user', undefined);
        expect(registry.allows(origin, wanted)).toBe(false);
        expect(registry.find(origin)).toBeUndefined();
      }),
    );
  });

  it('finds no provider under the names of object properties', () => {
    const registry = new AuthRegistry();
    for (const origin of ['__proto__', 'constructor', 'toString']) expect(registry.find(origin)).toBeUndefined();
  });

  it('refuses a second provider for an origin and names both', () => {
    const registry = aRegistry('admin', undefined);
    const second = {
      origin: 'admin',
      roles: undefined,
      provider: new Anybody(),
      source: 'AdminProvider of AdminModule',
    };
    expect(() => registry.register(second)).toThrow(
      'the origin "admin" has two auth providers, the test and AdminProvider of AdminModule: remove one of them',
    );
  });
});
