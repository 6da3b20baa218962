import { AuthProvider, authorized, ForOrigin, Secret, type AuthOutcome } from '@hermes/auth-provider';
import { ConsoleLogger, Inject, Injectable, Module, Scope } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { Test, type TestingModule } from '@nestjs/testing';
import { readSettings } from '../config/index.js';
import { ApiConfig } from './api-key.config.js';
import { ApiKey } from './api-key.js';
import { AuthConfig } from './auth.config.js';
import { AuthModule } from './auth.module.js';
import { AuthService } from './auth.service.js';
import type { AuthExtension } from './load-auth-modules.js';

@Injectable()
class Directory {
  readonly admin = 'admin-1';
}

@ForOrigin('admin', { roles: ['admin'] })
class AdminProvider extends AuthProvider {
  @Inject(Directory) private readonly directory!: Directory;

  async authenticate(): Promise<AuthOutcome> {
    return authorized(this.directory.admin, { role: 'admin' });
  }
}

@Module({ providers: [Directory, AdminProvider, { provide: 'alias', useExisting: AdminProvider }] })
class AdminModule {}

const DEV = '{"dev":{"type":"static","roles":["user"],"tokens":{"t":{"userId":"u1","role":"user"}}}}';

async function start(extensions: readonly AuthExtension[], providers = DEV): Promise<TestingModule> {
  const settings = readSettings({ HERMES_AUTH_PROVIDERS: providers }, [AuthConfig, ApiConfig]);
  const config = ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: [() => settings] });
  const module = await Test.createTestingModule({ imports: [config, AuthModule, ...extensions] })
    .setLogger(new ConsoleLogger({ logLevels: [] }))
    .compile();
  return module.init();
}

function authorize(app: TestingModule, origin: string, role: string) {
  const client = { sessionId: 's1', userAgent: '', ip: '192.0.2.1' };
  return app.get(AuthService).authorize({ ...client, origin, role, token: new Secret('t') });
}

describe('auth module', () => {
  it('answers for configured origins and for those of other modules', async () => {
    const app = await start([AdminModule]);
    expect(await authorize(app, 'dev', 'user')).toMatchObject({ userId: 'u1', role: 'user' });
    expect(await authorize(app, 'admin', 'admin')).toMatchObject({ userId: 'admin-1', role: 'admin' });
    expect(await authorize(app, 'admin', 'user')).toEqual({ kind: 'failed', code: 406 });
    expect(app.get(ApiKey).generated).toBe(true);
    await app.close();
  });

  it('finds a provider that a factory makes', async () => {
    @Module({ providers: [Directory, { provide: 'made', useFactory: () => new AdminProvider() }] })
    class FactoryModule {}
    const app = await start([FactoryModule]);
    expect(await authorize(app, 'admin', 'user')).toEqual({ kind: 'failed', code: 406 });
    await app.close();
  });

  it('does not start with two providers for one origin, and names both', async () => {
    const taken = DEV.replace('"dev"', '"admin"');
    await expect(start([AdminModule], taken)).rejects.toThrow(
      'the origin "admin" has two auth providers, the one in HERMES_AUTH_PROVIDERS and AdminProvider of AdminModule',
    );
  });

  it('does not start with one provider in two modules', async () => {
    @Module({ providers: [Directory, AdminProvider] })
    class SecondModule {}
    await expect(start([AdminModule, SecondModule])).rejects.toThrow(
      'AdminProvider of AdminModule and AdminProvider of SecondModule',
    );
  });

  it('does not start with a provider that is made for each request', async () => {
    @ForOrigin('brief')
    class BriefProvider extends AdminProvider {}
    Injectable({ scope: Scope.REQUEST })(BriefProvider);
    @Module({ providers: [Directory, BriefProvider] })
    class BriefModule {}
    await expect(start([BriefModule])).rejects.toThrow('BriefProvider of BriefModule must be a singleton');
  });

  it('does not start with something that only says it is a provider', async () => {
    class Pretender {}
    ForOrigin('pretended')(Pretender as unknown as typeof AdminProvider);
    @Module({ providers: [Pretender] })
    class PretenderModule {}
    await expect(start([PretenderModule])).rejects.toThrow('Pretender of PretenderModule is marked with ForOrigin but');
  });
});
