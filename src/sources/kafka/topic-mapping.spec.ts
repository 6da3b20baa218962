import { parseTopicMappings } from './topic-mapping.js';

describe('parseTopicMappings', () => {
  it.each([
    ['news', { kind: 'headers', topic: 'news' }],
    ['news:headers', { kind: 'headers', topic: 'news' }],
    [' news : headers ', { kind: 'headers', topic: 'news' }],
    ['orders:channel=shop/changed', { kind: 'fixed', topic: 'orders', channel: 'shop', event: 'changed' }],
    ['aapl:channel=stock:AAPL/tick', { kind: 'fixed', topic: 'aapl', channel: 'stock:AAPL', event: 'tick' }],
    ['a:channel=b/c/d', { kind: 'fixed', topic: 'a', channel: 'b/c', event: 'd' }],
    ['wss:wss', { kind: 'wss', topic: 'wss', channel: 'wss', visibility: 'broadcast' }],
    ['live.v2:wss=wss', { kind: 'wss', topic: 'live.v2', channel: 'wss', visibility: 'broadcast' }],
    ['wss:wss-internal', { kind: 'wss', topic: 'wss', channel: 'wss', visibility: 'internal' }],
    ['live:wss-internal=wss', { kind: 'wss', topic: 'live', channel: 'wss', visibility: 'internal' }],
  ])('reads %p', (text, mapping) => {
    expect(parseTopicMappings(text)).toEqual([mapping]);
  });

  it('reads several', () => {
    expect(parseTopicMappings('news, orders:channel=orders/changed,wss:wss').map(({ topic }) => topic)).toEqual([
      'news',
      'orders',
      'wss',
    ]);
  });

  it.each([
    ['', 'entry "": the name of the topic is missing'],
    [':wss', 'entry ":wss": the name of the topic is missing'],
    ['two words', 'letters, digits, dots, dashes and underscores only'],
    ['..', 'letters, digits, dots, dashes and underscores only'],
    ['x'.repeat(250), 'longer than 249 characters'],
    [
      'a:fixed',
      'the mapping must be headers, channel=<channel>/<event>, wss[=<channel>] or wss-internal[=<channel>], got "fixed"',
    ],
    ['a:channel', 'channel= needs a channel and an event, as in a:channel=a/changed'],
    ['a:channel=b', 'channel= needs a channel and an event'],
    ['a:channel=ws_status/tick', "ws_status is a channel of Hermes's own: choose another"],
    ['chat', "chat is a channel of Hermes's own: choose another"],
    ['hermes.prices:headers', "hermes.prices is a channel of Hermes's own: choose another"],
    ['a:wss=chat', "chat is a channel of Hermes's own: choose another"],
    ['hermes.chat:wss-internal', "hermes.chat is a channel of Hermes's own: choose another"],
    ['a:channel=/c', 'the name of the channel is missing'],
    ['a:channel=b/', 'the name of the event is missing'],
    ['a:channel=***/c', '*** means every channel'],
    ['a:channel=b/***', '*** means every event'],
    ['a:wss=', 'the name of the channel is missing'],
    ['a:wss=***', '*** means every channel'],
    ['a,a:wss', 'entry "a:wss": the topic is in an earlier entry'],
  ])('refuses %p and says why', (text, fault) => {
    expect(() => parseTopicMappings(text)).toThrow(fault);
  });

  it('names every entry that is wrong', () => {
    expect(() => parseTopicMappings('a:b,c,d:channel=')).toThrow(/entry "a:b": .*; entry "d:channel=": /);
  });
});
