import { EmptyFolder } from '../testing/empty-folder.js';
import { chatTargetOf, type ChatOptions, type ChatTarget } from './chat-target.js';

const SECRET = 'a secret of forty-three characters or so...';
const LOCAL = { url: 'http://127.0.0.1:8080', apiKey: 'k' };

describe('the gRPC server of a command', () => {
  const folder = new EmptyFolder();

  function target(options: ChatOptions): ChatTarget {
    const found = chatTargetOf(folder.path, { token: 't', ...options });
    if (typeof found === 'string') throw new Error(found);
    return found;
  }

  it('is the one that was given, or has left word, or the default', () => {
    expect(target({}).address).toBe('127.0.0.1:50051');
    folder.leave({ ...LOCAL, grpc: '127.0.0.1:7777' });
    expect(target({}).address).toBe('127.0.0.1:7777');
    expect(target({ grpc: '[::1]:1' }).address).toBe('[::1]:1');
    folder.leave(LOCAL);
    expect(target({}).address).toBe('127.0.0.1:50051');
  });

  it.each([
    [{ grpc: 'chat.example.org:443' }, { address: 'chat.example.org:443', tls: false }],
    [
      { grpc: 'chat.example.org:443', tls: true as const },
      { address: 'chat.example.org:443', tls: true },
    ],
    [{ grpc: 'grpcs://chat.example.org:443' }, { address: 'chat.example.org:443', tls: true }],
    [{ grpc: 'grpc://[::1]:50051' }, { address: '[::1]:50051', tls: false }],
  ])('speaks TLS when it is to: %j', (options, expected) => {
    expect(target(options)).toMatchObject(expected);
  });

  it.each(['chat.example.org', 'http://a:1', 'a:b', 'a:1/path', ''])('cannot be at %j', (grpc) => {
    expect(chatTargetOf(folder.path, { grpc, token: 't' })).toMatch(/is not the address of a gRPC server/);
  });
});

describe('who asks', () => {
  const folder = new EmptyFolder();

  it('is told by a token, which stays the same', () => {
    const target = chatTargetOf(folder.path, { token: 't0ken' }) as ChatTarget;
    expect([target.token(), target.renews]).toEqual(['t0ken', false]);
  });

  it('may be any user for a server of this folder, on this machine', () => {
    folder.leaveSecret(`${SECRET}\n`);
    for (const grpc of [undefined, 'localhost:1', '127.0.0.5:1', '[::1]:1']) {
      const target = chatTargetOf(folder.path, { as: 'bob', ...(grpc === undefined ? {} : { grpc }) }) as ChatTarget;
      const [, claims = ''] = target.token().split('.');
      expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ sub: 'bob' });
      expect(target.renews).toBe(true);
    }
    expect(chatTargetOf(folder.path, { as: 'bob', grpc: 'far.example.org:1' })).toMatch(/is another: give --token/);
    folder.leave({ ...LOCAL, grpc: '10.0.0.1:50051' });
    expect(chatTargetOf(folder.path, { as: 'bob' })).toMatchObject({ address: '10.0.0.1:50051' });
  });

  it('counts before a token of the environment, not beside one that was given', () => {
    folder.leaveSecret(SECRET);
    expect(chatTargetOf(folder.path, { as: 'bob', token: 't', tokenFromEnvironment: true })).toHaveProperty('token');
    expect(chatTargetOf(folder.path, { as: 'bob', token: 't' })).toMatch(/not both/);
  });

  it('must be known', () => {
    expect(chatTargetOf(folder.path, {})).toMatch(/^who are you\?/);
    expect(chatTargetOf(folder.path, { token: '' })).toMatch(/^who are you\?/);
    expect(chatTargetOf(folder.path, { as: 'bob' })).toMatch(/^--as needs \.hermes\/secret/);
    folder.leaveSecret('\n');
    expect(chatTargetOf(folder.path, { as: 'bob' })).toMatch(/^--as needs \.hermes\/secret/);
    expect(chatTargetOf(folder.path, { as: ' ' })).toMatch(/--as takes the id of a user/);
  });
});
