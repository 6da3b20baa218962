import { serverAddressOf } from './server-address.js';

describe('serverAddressOf', () => {
  it('takes user and password out of the URL', () => {
    expect(serverAddressOf('nats://user:p%40ss@one,nats://two:5222')).toEqual({
      servers: ['one:4222', 'two:5222'],
      user: 'user',
      pass: 'p@ss',
    });
  });

  it('takes a user alone for a token', () => {
    expect(serverAddressOf('nats://token@one')).toEqual({ servers: ['one:4222'], token: 'token' });
  });

  it('asks for TLS when a URL does', () => {
    expect(serverAddressOf('tls://[::1]:4333')).toEqual({ servers: ['[::1]:4333'], tls: {} });
  });
});
