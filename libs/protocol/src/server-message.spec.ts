import {
  isAck,
  isAuthorize,
  isError,
  isEvent,
  isHandshake,
  isMarked,
  isPing,
  isSent,
  payloadOf,
  readServerMessage,
  type EventMessage,
} from './index.js';

const guards = { isEvent, isPing, isHandshake, isAck, isAuthorize, isError, isSent, isMarked };

function guardsThatAccept(message: unknown): string[] {
  return Object.entries(guards).flatMap(([name, accepts]) => (accepts(message) ? [name] : []));
}

const anEvent = { broadcast: true, channel: 'prices', event: 'tick', data: { tick: { BTC: 1 } } };

describe('messages of a server', () => {
  it.each([
    ['isEvent', anEvent],
    ['isEvent', { ...anEvent, broadcast: false, data: { tick: null } }],
    ['isPing', { channel: 'ws_status', event: 'ping' }],
    ['isHandshake', { channel: 'ws_status', event: 'handshake' }],
    ['isAck', { channel: 'ws_status', event: 'subscribe', id: 0, data: { resultCode: 200 } }],
    ['isAck', { channel: 'ws_status', event: 'cache', id: 'c', data: { resultCode: 200 } }],
    ['isAuthorize', { channel: 'ws_status', event: 'authorize', data: { resultCode: 403, authorize: 'failed' } }],
    ['isAuthorize', { channel: 'ws_status', event: 'unauthorize', data: { resultCode: 200, authorize: 'success' } }],
    [
      'isSent',
      { channel: 'chat', event: 'send', id: 1, data: { resultCode: 200, channelId: 'c', id: 'm', position: 3 } },
    ],
    ['isSent', { channel: 'chat', event: 'send', data: { resultCode: 200, channelId: 'c', id: 'm', position: 0 } }],
    ['isMarked', { channel: 'chat', event: 'read', id: 'r', data: { resultCode: 200 } }],
    ['isError', { channel: 'ws_status', event: 'error', id: 1, data: { resultCode: 400, message: 'no' } }],
  ])('%s alone accepts %j', (guard, message) => {
    expect(guardsThatAccept(message)).toEqual([guard]);
    expect(readServerMessage(JSON.stringify(message))).toEqual(message);
  });

  it('does not take an event for a ping when its producer uses the status channel', () => {
    const event = { broadcast: true, channel: 'ws_status', event: 'ping', data: { ping: 1 } };
    expect(guardsThatAccept(event)).toEqual(['isEvent']);
  });

  it('does not take a receipt of chat for the answer to a mark', () => {
    const receipt = { broadcast: false, channel: 'chat', event: 'read', data: { read: { position: 1 } } };
    expect(guardsThatAccept(receipt)).toEqual(['isEvent']);
  });

  it.each([
    '',
    'nonsense',
    'null',
    '[]',
    '{}',
    '{"channel":"ws_status","event":"newer than this client"}',
    '{"channel":"ws_status","event":"subscribe","data":{"resultCode":200}}',
    '{"channel":"ws_status","event":"error"}',
    '{"channel":"chat","event":"send","data":{"resultCode":200}}',
    '{"channel":"chat","event":"read","data":{"resultCode":200}}',
    '{"channel":"chat","event":"newer than this client","data":{"resultCode":200}}',
    '{"channel":"ws_status","event":"error","data":{"resultCode":400}}',
    '{"channel":"ws_status","event":"authorize","data":{"resultCode":"200"}}',
    '{"broadcast":true,"channel":"prices","event":"tick","data":{}}',
    '{"broadcast":"true","channel":"prices","event":"tick","data":{"tick":1}}',
  ])('passes over %s', (frame) => {
    expect(readServerMessage(frame)).toBeUndefined();
  });

  it.each(['tick', '__proto__', 'toString', 'a "quoted" name'])('finds the payload of an event named %s', (name) => {
    const frame = `{"broadcast":true,"channel":"c","event":${JSON.stringify(name)},"data":{${JSON.stringify(name)}:42}}`;
    const message = readServerMessage(frame) as EventMessage<number>;
    expect(isEvent(message)).toBe(true);
    expect(payloadOf(message)).toBe(42);
  });
});
