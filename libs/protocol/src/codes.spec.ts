import {
  chatCommandMessage,
  CLOSE_CODES,
  closeCodeMeaning,
  commandMessage,
  RESULT_CODES,
  resultCodeMeaning,
} from './index.js';

describe('codes', () => {
  it('tells a client not to come back only when it is itself at fault', () => {
    const final = Object.entries(CLOSE_CODES).flatMap(([code, { reconnect }]) => (reconnect ? [] : [Number(code)]));
    expect(final).toEqual([1009]);
  });

  it('knows nothing about the close codes of others', () => {
    expect(closeCodeMeaning(1006)).toBeUndefined();
    expect(closeCodeMeaning(4008)).toEqual(CLOSE_CODES[4008]);
  });

  it('gives every result code a meaning, a provider’s own too', () => {
    expect(resultCodeMeaning(403)).toEqual(RESULT_CODES[403]);
    expect(resultCodeMeaning(418)).toEqual({ meaning: 'the provider refused with this status', retry: false });
    expect(resultCodeMeaning(504).retry).toBe(true);
  });
});

describe('commands', () => {
  it('leave out what was not given', () => {
    expect(JSON.stringify(commandMessage('pong', undefined))).toBe('{"channel":"ws_status","event":"pong"}');
    expect(JSON.stringify(commandMessage('subscribe', { channel: 'c', event: undefined }, 7))).toBe(
      '{"channel":"ws_status","event":"subscribe","command":{"channel":"c"},"id":7}',
    );
  });

  it('of chat are on a channel of their own', () => {
    expect(JSON.stringify(chatCommandMessage('read', { channelId: 'c', position: 3 }, 'r'))).toBe(
      '{"channel":"chat","event":"read","command":{"channelId":"c","position":3},"id":"r"}',
    );
  });
});
