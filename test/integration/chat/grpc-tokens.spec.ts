import { GrpcNode } from '../../support/grpc/grpc-node.js';
import { JWT_PROVIDERS, tokenOf, unsignedTokenOf } from '../../support/grpc/tokens.js';
import { waitFor } from '../../support/wait-for.js';

describe('the tokens of chat clients', () => {
  let node: GrpcNode;

  beforeAll(async () => {
    node = await GrpcNode.start({ HERMES_AUTH_PROVIDERS: JWT_PROVIDERS });
  });

  afterAll(() => node.stop());

  const NOT_ACCEPTED = { code: 'UNAUTHENTICATED', details: 'the token is not accepted' };
  const NO_TOKEN = { code: 'UNAUTHENTICATED', details: 'metadata authorization must be `Bearer` and one token' };

  it('are accepted when they are good, whatever the case of the scheme', async () => {
    const token = await tokenOf('alice');

    for (const authorization of [`Bearer ${token}`, `bearer ${token}`, `BEARER   ${token}`]) {
      const client = node.client(undefined, { authorization });
      const { userId, expiresAt } = await client.call('echo', {});
      expect(userId).toBe('alice');
      expect(expiresAt).toBeGreaterThan(Date.now());
    }
  });

  it.each([
    ['that has run out', () => tokenOf('alice', { ttl: -1 })],
    ['that is forged', () => tokenOf('alice', { key: 'another key, of the same length or so' })],
    ['that asks for no signature', async () => unsignedTokenOf('alice')],
    ['that is for others', () => tokenOf('alice', { audience: 'elsewhere' })],
    ['that is none', async () => 'nonsense'],
  ])('refuses one %s, on calls and on streams', async (_, make) => {
    const client = node.client(await make());

    expect(await client.statusOf('echo', {})).toEqual(NOT_ACCEPTED);
    expect(await client.open().ended).toEqual(NOT_ACCEPTED);
  });

  it.each([
    ['nothing', undefined],
    ['an empty value', ''],
    ['a scheme alone', 'Bearer'],
    ['another scheme', 'Basic YWxpY2U6eA=='],
    ['a token without a scheme', 'alice'],
    ['two tokens', 'Bearer alice alice'],
    ['two values in one', 'Bearer alice, Bearer bob'],
  ])('refuses %s', async (_, authorization) => {
    const client = node.client(undefined, authorization === undefined ? {} : { authorization });

    expect(await client.statusOf('echo', {})).toEqual(NO_TOKEN);
    expect(await client.open().ended).toEqual(NO_TOKEN);
    expect(node.sessions.sessions.size).toBe(0);
  });

  it('end the stream when they run out', async () => {
    const stream = await node.client(await tokenOf('alice', { ttl: 2 })).join();

    expect(await stream.ended).toEqual({ code: 'UNAUTHENTICATED', details: 'the token has run out' });
    await waitFor('the session to go', () => node.sessions.sessions.size === 0);
  });

  it('say UNAVAILABLE when nobody can say whether they are good', async () => {
    const provider = { type: 'http', url: 'http://127.0.0.1:9/', breakAfter: 1 };
    const other = await GrpcNode.start({ HERMES_AUTH_PROVIDERS: JSON.stringify({ user: provider }) });

    expect((await other.client('alice').statusOf('echo', {})).code).toBe('UNAVAILABLE');
    expect((await other.client('alice').open().ended).code).toBe('UNAVAILABLE');
    await other.stop();
  });

  it('are asked of the origin that the operator has chosen', async () => {
    const providers = {
      ...(JSON.parse(JWT_PROVIDERS) as object),
      staff: { type: 'static', tokens: { t: { userId: 's' } } },
    };
    const other = await GrpcNode.start({
      HERMES_AUTH_PROVIDERS: JSON.stringify(providers),
      HERMES_CHAT_ORIGIN: 'staff',
    });

    expect((await other.client('t').call('echo', {})).userId).toBe('s');
    expect((await other.client(await tokenOf('alice')).statusOf('echo', {})).code).toBe('UNAUTHENTICATED');
    await other.stop();
  });
});
