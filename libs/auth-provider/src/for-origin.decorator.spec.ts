import { authorized, type AuthOutcome } from './auth-outcome.js';
import { AuthProvider } from './auth-provider.js';
import { ForOrigin, originOf } from './for-origin.decorator.js';

class AdminProvider extends AuthProvider {
  async authenticate(): Promise<AuthOutcome> {
    return authorized('u1');
  }
}

describe('ForOrigin', () => {
  it('names the origin and the roles of a provider', () => {
    @ForOrigin('admin', { roles: ['admin'] })
    class Decorated extends AdminProvider {}

    expect(originOf(Decorated)).toEqual({ origin: 'admin', roles: ['admin'] });
  });

  it('works as a plain call, for providers in JavaScript', () => {
    class Plain extends AdminProvider {}
    ForOrigin('partner')(Plain);

    expect(originOf(Plain)).toEqual({ origin: 'partner', roles: undefined });
  });

  it('is found by another copy of this package', () => {
    class Plain extends AdminProvider {}
    ForOrigin('partner')(Plain);

    jest.isolateModules(() => {
      const copy = jest.requireActual<typeof import('./for-origin.decorator.js')>('./for-origin.decorator.js');
      expect(copy.originOf).not.toBe(originOf);
      expect(copy.originOf(Plain)?.origin).toBe('partner');
    });
  });

  it('finds nothing on what was not decorated', () => {
    expect([AdminProvider, () => undefined, undefined, null, 'admin', {}].map(originOf)).toEqual(
      Array(6).fill(undefined),
    );
  });

  it.each([
    ['', undefined],
    ['admin', ['']],
    ['admin', 'admin'],
  ])('refuses the origin %j with the roles %j', (origin, roles) => {
    expect(() => ForOrigin(origin, { roles: roles as string[] })).toThrow(TypeError);
  });
});
