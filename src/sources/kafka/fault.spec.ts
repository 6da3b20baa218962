import { kindOf, sentenceOf } from './fault.js';

function anError(fields: Readonly<Record<string, unknown>>): Error {
  return Object.assign(new Error('text'), fields);
}

describe('kindOf', () => {
  it.each([
    ['connection', { name: 'KafkaJSConnectionError', code: 'ECONNREFUSED' }],
    ['connection', { name: 'KafkaJSRequestTimeoutError' }],
    ['connection', { name: 'KafkaJSSASLAuthenticationError' }],
    ['connection', { name: 'KafkaJSProtocolError', type: 'ILLEGAL_SASL_STATE' }],
    ['connection', { name: 'TypeError' }],
    ['out_of_range', { name: 'KafkaJSOffsetOutOfRange', type: 'OFFSET_OUT_OF_RANGE' }],
    ['absent', { name: 'KafkaJSProtocolError', type: 'UNKNOWN_TOPIC_OR_PARTITION' }],
    ['refused', { name: 'KafkaJSProtocolError', type: 'NOT_LEADER_FOR_PARTITION' }],
    ['unreadable', { name: 'KafkaJSNotImplemented' }],
    ['unreadable', { name: 'Error', code: 'Z_DATA_ERROR' }],
    ['unreadable', { name: 'RangeError' }],
  ])('is %s for %p', (kind, fields) => {
    expect(kindOf(anError(fields))).toBe(kind);
  });

  it.each([undefined, null, 'text', 5])('takes %p for trouble with the connection', (error) => {
    expect(kindOf(error)).toBe('connection');
  });
});

describe('sentenceOf', () => {
  it('gives one line', () => {
    expect(sentenceOf(new Error('one\n  two '))).toBe('one two');
    expect(sentenceOf(new Error(''))).toBe('no reason given');
  });
});
