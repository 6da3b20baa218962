import { ServerUrl } from './server-url.js';

describe('server address', () => {
  it.each([
    ['http://127.0.0.1:8080', 'ws://127.0.0.1:8080/_ws/subscribe', 'http://127.0.0.1:8080/api/events'],
    ['ws://127.0.0.1:8080/_ws/subscribe', 'ws://127.0.0.1:8080/_ws/subscribe', 'http://127.0.0.1:8080/api/events'],
    ['localhost:9000', 'ws://localhost:9000/_ws/subscribe', 'http://localhost:9000/api/events'],
    ['[::1]:9000', 'ws://[::1]:9000/_ws/subscribe', 'http://[::1]:9000/api/events'],
    ['https://a.example', 'wss://a.example/_ws/subscribe', 'https://a.example/api/events'],
    ['wss://a.example/live/_ws/subscribe', 'wss://a.example/live/_ws/subscribe', 'https://a.example/live/api/events'],
    ['wss://a.example/events', 'wss://a.example/events', 'https://a.example/events/api/events'],
  ])('%s is subscribed to at %s and published to at %s', (text, subscribe, publish) => {
    expect(ServerUrl.parse(text)).toMatchObject({ subscribe, publish });
  });

  it.each(['', 'ftp://a.example', 'http://', 'no where', 'localhost:99999'])('%j is none', (text) => {
    expect(ServerUrl.parse(text)).toBeUndefined();
  });

  it('is the same server by ws and by http, and another one with security', () => {
    const [http, ws, https] = ['http://a:80/', 'ws://a/_ws/subscribe', 'https://a:80/'].map((t) => ServerUrl.parse(t));
    expect(http?.equals(ws!)).toBe(true);
    expect(http?.equals(https!)).toBe(false);
  });
});
