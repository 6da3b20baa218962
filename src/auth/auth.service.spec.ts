import { AuthProvider, authorized, rejected, Secret, unavailable, type AuthOutcome } from '@hermes/auth-provider';
import type { AuthRequest } from '@hermes/auth-provider';
import { Logger } from '@nestjs/common';
import { AuthRegistry } from './auth-registry.js';
import { AuthConfig } from './auth.config.js';
import { AuthService, type AuthAttempt } from './auth.service.js';

type Answer = (request: AuthRequest) => Promise<AuthOutcome>;

class Answering extends AuthProvider {
  readonly asked: AuthRequest[] = [];

  constructor(private readonly answer: Answer) {
    super();
  }

  override authenticate(request: AuthRequest): Promise<AuthOutcome> {
    this.asked.push(request);
    return this.answer(request);
  }
}

function aService(answer: Answer, roles?: readonly string[], maxAge?: number) {
  const provider = new Answering(answer);
  const registry = new AuthRegistry();
  registry.register({ origin: 'user', roles, maxAge, provider, source: 'the test' });
  const service = new AuthService(registry, Object.assign(new AuthConfig(), { timeout: 30 }));
  const heard: string[] = [];
  service.listen({
    answered: (origin, code, seconds) => heard.push(`${origin} ${code} ${seconds >= 0 && seconds < 5}`),
    crashed: (origin) => heard.push(`${origin} crashed`),
  });
  return { service, provider, heard };
}

function anAttempt(said: Partial<Omit<AuthAttempt, 'token'>> & { token?: string } = {}): AuthAttempt {
  const { token = 't0ken-of-the-client', ...rest } = said;
  const client = { sessionId: 's1', userAgent: 'browser', ip: '192.0.2.1', origin: 'user', role: '' };
  return { ...client, ...rest, token: new Secret(token) };
}

describe('authorize', () => {
  let written: string;

  beforeEach(() => {
    written = '';
    for (const level of ['warn', 'error', 'log'] as const) {
      jest.spyOn(Logger.prototype, level).mockImplementation((...line: unknown[]) => {
        written += JSON.stringify(line);
      });
    }
  });
  afterEach(() => jest.restoreAllMocks());

  it.each([
    ['an unknown origin', { origin: 'nowhere', role: 'user' }, 'unknown 406 true'],
    ['an unknown origin without a role', { origin: 'nowhere' }, 'unknown 406 true'],
    ['an origin named like a property', { origin: '__proto__' }, 'unknown 406 true'],
    ['a role the origin does not allow', { role: 'admin' }, 'user 406 true'],
    ['a role that is no name', { role: 'user\ud800' }, 'user 406 true'],
  ])('answers 406 to %s without asking anybody', async (_, said, expected) => {
    const { service, provider, heard } = aService(async () => authorized('u1'), ['user']);
    expect(await service.authorize(anAttempt(said))).toEqual({ kind: 'failed', code: 406 });
    expect(provider.asked).toEqual([]);
    expect(heard).toEqual([expected]);
  });

  it('takes no claimed role as verified of which the provider says nothing', async () => {
    const { service } = aService(async () => authorized('u1'), ['user']);
    const verdict = await service.authorize(anAttempt({ role: 'user' }));
    expect(verdict).toEqual({ kind: 'authorized', userId: 'u1', role: undefined, ttl: undefined });
    expect(written).toBe('["auth.role.unconfirmed",{"origin":"user","unlogged":0}]');
  });

  it.each([
    ['another role', 'editor', 'editor'],
    ['an empty role', '', undefined],
    ['the role any', 'any', undefined],
  ])('lets %s of the provider win over the claimed one', async (_, role, expected) => {
    const { service } = aService(async () => authorized('u1', { role }), ['user', 'editor']);
    expect(await service.authorize(anAttempt({ role: 'user' }))).toMatchObject({ kind: 'authorized', role: expected });
  });

  it('answers 406 when the provider names a role that the origin does not allow', async () => {
    const { service } = aService(async () => authorized('u1', { role: 'admin' }), ['user']);
    expect(await service.authorize(anAttempt())).toEqual({ kind: 'failed', code: 406 });
  });

  it.each(['', 'any'])('asks about no role when the client claims %j', async (role) => {
    const { service, provider } = aService(async () => authorized('u1'));
    expect(await service.authorize(anAttempt({ role }))).toMatchObject({ kind: 'authorized', role: undefined });
    expect(provider.asked[0]?.role).toBe('');
  });

  it.each([
    [undefined, { kind: 'authorized', ttl: undefined }],
    [-1, { kind: 'authorized', ttl: undefined }],
    [90, { kind: 'authorized', ttl: 90 }],
    [0, { kind: 'failed', code: 401 }],
    [-2, { kind: 'failed', code: 401 }],
    [Number.NaN, { kind: 'failed', code: 502 }],
    [Number.POSITIVE_INFINITY, { kind: 'failed', code: 502 }],
  ])('makes of the ttl %p what it means', async (ttl, expected) => {
    const { service } = aService(async () => authorized('u1', { ttl }));
    expect(await service.authorize(anAttempt())).toMatchObject(expected);
  });

  it.each([
    [undefined, 60],
    [-1, 60],
    [30, 30],
    [90, 60],
  ])('lets an identity with the ttl %p hold no longer than its origin allows', async (ttl, expected) => {
    const { service } = aService(async () => authorized('u1', { ttl }), undefined, 60);
    expect(await service.authorize(anAttempt())).toMatchObject({ kind: 'authorized', ttl: expected });
  });

  it.each([
    ['no user id', { kind: 'authorized' }, 'userId must be a text'],
    ['an empty user id', authorized(''), 'userId must not be empty or blank'],
    ['a blank user id', authorized('  '), 'userId must not be empty or blank'],
    ['a user id with the character zero', authorized('u1\0'), 'userId must not contain the character U+0000'],
    ['a user id with half a character', authorized('u1\ud800'), 'userId must not contain'],
    ['a user id of what could not be read', authorized('b\ufffdb'), 'userId must not contain U+FFFD'],
    ['a user id that is too long', authorized('x'.repeat(257)), 'userId must have at most 256 characters'],
    ['a user id that is no text', { kind: 'authorized', userId: 7 }, 'userId must be a text'],
    ['a role that is no text', { kind: 'authorized', userId: 'u1', role: ['user'] }, 'role must be a text'],
    ['a role of what could not be read', authorized('u1', { role: 'r\ufffd' }), 'role must not contain U+FFFD'],
    ['a role with half a character', authorized('u1', { role: 'r\udfff' }), 'role must not contain'],
    ['a role that is too long', authorized('u1', { role: 'x'.repeat(257) }), 'role must have at most 256'],
    ['nothing', undefined, 'kind must be'],
    ['a kind of its own', { kind: 'maybe' }, 'kind must be'],
    ['a refusal with 200', rejected(200), 'code must be'],
    ['a refusal without a code', { kind: 'rejected' }, 'code must be'],
  ])('answers 502 to a provider that gives %s, and says what is wrong', async (_, outcome, fault) => {
    const { service } = aService(async () => outcome as AuthOutcome);
    expect(await service.authorize(anAttempt())).toMatchObject({ kind: 'failed', code: 502 });
    expect(written).toContain(`["auth.answer.unusable",{"origin":"user","fault":"${fault}`);
  });

  it('believes names of 256 characters in any script', async () => {
    const name = '密'.repeat(256);
    const { service } = aService(async () => authorized(name, { role: name }));
    expect(await service.authorize(anAttempt())).toMatchObject({ kind: 'authorized', userId: name, role: name });
  });

  it('says who was refused, a line a second for each address, and never the token', async () => {
    const { service, heard } = aService(async () => rejected(403));
    for (let times = 0; times < 5; times++) await service.authorize(anAttempt());
    await service.authorize(anAttempt({ ip: '198.51.100.7', sessionId: 's2', origin: 'nowhere' }));
    const line = (fields: object) => JSON.stringify(['auth.refused', fields]);
    expect(written).toBe(
      line({ origin: 'user', code: 403, address: '192.0.2.1', session: 's1', unlogged: 0 }) +
        line({ origin: 'unknown', code: 406, address: '198.51.100.7', session: 's2', unlogged: 0 }),
    );
    expect(heard).toHaveLength(6);
  });

  it.each([rejected(401), rejected(403), rejected(404), rejected(204), unavailable(503)])(
    'passes %j on',
    async (outcome) => {
      const { service, heard } = aService(async () => outcome);
      const { code } = outcome as { code: number };
      expect(await service.authorize(anAttempt())).toEqual({ kind: 'failed', code });
      expect(heard).toEqual([`user ${code} true`]);
      expect(written).toContain(`["auth.refused",{"origin":"user","code":${code},`);
    },
  );

  it.each([
    ['{"why":"no"}', '{"why":"no"}'],
    ['no JSON', undefined],
    [`"${'x'.repeat(64 * 1024)}"`, undefined],
    [7, undefined],
  ])('passes a reason on where it is JSON of a fair length', async (said, body) => {
    const { service } = aService(async () => rejected(403, said as string));
    expect(await service.authorize(anAttempt())).toEqual({ kind: 'failed', code: 403, body });
  });

  it.each([
    ['rejects', async ({ token }: AuthRequest) => Promise.reject(new Error(`bad\n    at ${token.reveal()}`))],
    ['throws at once', ({ token }: AuthRequest): never => fail(token.reveal())],
  ])('answers 500 when the provider %s, counts it as a bug and keeps the token out of the log', async (_, answer) => {
    const { service, heard } = aService(answer);
    expect(await service.authorize(anAttempt())).toEqual({ kind: 'failed', code: 500 });
    expect(heard).toEqual(['user crashed', 'user 500 true']);
    expect(written).toContain('"auth.provider.crashed",{"origin":"user","error":"Error","at":"');
    expect(written).toContain('auth.service.spec');
    expect(written).not.toContain('t0ken');
  });

  it('answers 503 to a provider that is too slow, and fires its signal', async () => {
    const { service, provider } = aService(() => new Promise(() => undefined));
    expect(await service.authorize(anAttempt())).toEqual({ kind: 'failed', code: 503 });
    expect(provider.asked[0]?.signal.aborted).toBe(true);
  });

  it('does not take a slow provider that throws at its signal for a broken one', async () => {
    const { service, heard } = aService(
      ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    await service.authorize(anAttempt());
    expect(heard).toEqual(['user 503 true']);
  });

  it('warns of an origin that a feature relies on and nobody answers for', () => {
    const { service } = aService(async () => authorized('u1'));
    service.relyOn('user', 'HERMES_CHAT_ORIGIN');
    expect(written).toBe('');
    service.relyOn('staff', 'HERMES_CHAT_ORIGIN');
    expect(JSON.parse(written)).toEqual([
      'auth.origin.unanswered',
      { setting: 'HERMES_CHAT_ORIGIN', origin: 'staff', origins: 'user' },
    ]);
  });

  it('leaves the signal of a provider that answered in time alone', async () => {
    const { service, provider, heard } = aService(async () => authorized('u1'));
    await service.authorize(anAttempt());
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(provider.asked[0]?.signal.aborted).toBe(false);
    expect(heard).toEqual(['user 200 true']);
  });

  it('hands the attempt to the provider as it came', async () => {
    const { service, provider } = aService(async () => authorized('u1'));
    await service.authorize(anAttempt({ token: ' a\nb ', role: 'user' }));
    const [asked] = provider.asked;
    expect(asked).toMatchObject({
      sessionId: 's1',
      userAgent: 'browser',
      ip: '192.0.2.1',
      origin: 'user',
      role: 'user',
    });
    expect(asked?.token.reveal()).toBe(' a\nb ');
  });
});

function fail(message: string): never {
  throw new Error(message);
}
