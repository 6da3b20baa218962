import { Secret, type AuthRequest } from '@hermes/auth-provider';
import { describeAuthProvider } from '@hermes/auth-provider/testing';
import { JsonFields } from './json-fields.js';
import { readStaticAuthConfig } from './static-auth.config.js';
import { StaticAuthProvider } from './static-auth.provider.js';

function aProvider(tokens: object): StaticAuthProvider {
  return new StaticAuthProvider(readStaticAuthConfig(new JsonFields({ tokens }, 'dev', [])));
}

function ask(provider: StaticAuthProvider, token: string, role = '') {
  return provider.authenticate({ token: new Secret(token), role } as AuthRequest);
}

describeAuthProvider('static tokens', {
  create: () => aProvider({ good: { userId: 'u1', role: 'user', ttl: 60 }, other: { userId: 'u2' } }),
  accepted: { token: 'good', role: 'user' },
  refused: { token: 'bad', role: 'user' },
});

describe('static tokens', () => {
  it('stand for the user, role and time in the table', async () => {
    const provider = aProvider({ good: { userId: 'u1', role: 'user', ttl: 60 } });
    expect(await ask(provider, 'good')).toEqual({ kind: 'authorized', userId: 'u1', role: 'user', ttl: 60 });
  });

  it('do not give a role that is not the one in the table', async () => {
    const provider = aProvider({ good: { userId: 'u1', role: 'user' } });
    expect(await ask(provider, 'good', 'admin')).toEqual({ kind: 'rejected', code: 403 });
  });

  it('confirm no role when the table names none', async () => {
    expect(await ask(aProvider({ good: { userId: 'u1' } }), 'good', 'user')).toMatchObject({ role: undefined });
  });

  it.each(['b\ufffdb', 'u1\ud800', 'x'.repeat(257), '  '])(
    'are not given to %j, whom nobody could address',
    (userId) => {
      const faults: string[] = [];
      readStaticAuthConfig(new JsonFields({ tokens: { good: { userId } } }, 'dev', faults));
      expect(faults).toEqual([expect.stringContaining('dev.tokens[0].userId must')]);
    },
  );
});
