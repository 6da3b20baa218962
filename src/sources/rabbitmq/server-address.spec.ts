import { serverAddressOf } from './server-address.js';

describe('serverAddressOf', () => {
  it('reads the least that a URI can hold', () => {
    expect(serverAddressOf('amqp://broker')).toEqual({
      server: { protocol: 'amqp', hostname: 'broker', vhost: '' },
      byCertificate: false,
    });
  });

  it('reads everything', () => {
    expect(serverAddressOf('amqps://bob:secret@[::1]:5671/%2Fsales?heartbeat=5&frameMax=8192')).toEqual({
      server: {
        protocol: 'amqps',
        hostname: '::1',
        port: 5671,
        username: 'bob',
        password: 'secret',
        vhost: '%2Fsales',
        heartbeat: 5,
        frameMax: 8192,
      },
      byCertificate: false,
    });
  });

  it.each([
    ['p%C3%A4ssw%C3%B6rd', 'pässwörd'],
    ['pässwörd', 'pässwörd'],
    ['%E5%AF%86%E7%A0%81', '密码'],
    ['密码', '密码'],
    ['%F0%9F%94%91', '🔑'],
    ['a%3Ab%40c%2Fd%23e%3Ff%25g', 'a:b@c/d#e?f%g'],
    ['$+%20', '$+ '],
  ])('reads the password %s as %s', (written, password) => {
    expect(serverAddressOf(`amqp://bob:${written}@broker`).server).toMatchObject({ username: 'bob', password });
  });

  it('proves who Hermes is by its certificate when it is told so', () => {
    expect(serverAddressOf('amqps://broker?auth_mechanism=EXTERNAL').byCertificate).toBe(true);
  });
});
