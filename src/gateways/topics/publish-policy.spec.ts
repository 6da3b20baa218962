import { PUBLISHERS, isForClients, mayPublish, ourChannels, publishPolicy } from './publish-policy.js';

const nobody = undefined;
const user = { userId: 'u', role: undefined };
const admin = { userId: 'a', role: 'admin' };

describe('who may publish', () => {
  it.each([
    ['nobody', [false, false, false]],
    ['authorized', [false, true, true]],
    ['role:admin', [false, false, true]],
    ['role:user', [false, false, false]],
    ['anybody', [true, true, true]],
  ])('%s', (text, expected) => {
    const policy = publishPolicy(text);
    expect([nobody, user, admin].map((identity) => mayPublish(policy, identity))).toEqual(expected);
  });

  it.each(['', 'everybody', 'role:', 'role:any', 'role: admin', 'Nobody', 'admin'])('is not said by %j', (text) => {
    expect(PUBLISHERS.test(text)).toBe(false);
  });

  it.each(['nobody', 'authorized', 'anybody', 'role:admin', 'role:anybody', 'role:any one'])('may be %j', (text) => {
    expect(PUBLISHERS.test(text)).toBe(true);
  });
});

describe('where clients may publish', () => {
  const feed = (name: string): boolean => name === 'wss';
  const withAll = ourChannels(true, feed);
  const withNone = ourChannels(false, () => false);

  it.each([
    'ws_status',
    'WS_STATUS',
    ' ws_status',
    'ws_status\u200b',
    'ｗs_status',
    'hermes.events',
    'Hermes.x',
    'a\ud800',
    'a\ufffd',
  ])('is never %j', (channel) => {
    expect([withAll, withNone].map((ours) => isForClients(channel, [], ours))).toEqual([false, false]);
  });

  it.each(['chat', 'chat ', 'Chat', 'ch\u00adat', 'wss', 'wss\t'])('is %j where that feature is off', (channel) => {
    expect([withAll, withNone].map((ours) => isForClients(channel, [], ours))).toEqual([false, true]);
  });

  it.each(['chat:7', 'chatter', 'rooms', 'stock:TICKER', 'ctp.notifications.prices'])('is %j', (channel) => {
    expect([withAll, withNone].map((ours) => isForClients(channel, [], ours))).toEqual([true, true]);
  });

  it('is what begins with a prefix that is listed, and nothing of ours even so', () => {
    const may = (channel: string): boolean => isForClients(channel, ['stock:', 'hermes', 'ch'], withAll);
    expect(['stock:A', 'hermes', 'chess'].map(may)).toEqual([true, true, true]);
    expect(['ctp.notifications.prices', ' stock:A', 'rooms', 'hermes.x', 'chat'].map(may)).toEqual(
      Array(5).fill(false),
    );
  });
});
