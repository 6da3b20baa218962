import { kindOf, Refusal, sentenceOf } from './fault.js';

describe('kindOf', () => {
  it.each([
    ['out_of_range', 'OFFSET_OUT_OF_RANGE'],
    ['absent', 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['refused', 'NOT_LEADER_OR_FOLLOWER'],
    ['refused', 'TOPIC_AUTHORIZATION_FAILED'],
  ])('is %s for the answer %s', (kind, id) => {
    expect(kindOf(new Refusal(id, 'text'))).toBe(kind);
  });

  it.each([new Error('ECONNREFUSED'), new TypeError('text'), undefined, null, 'text', 5])(
    'takes %p for trouble with the connection',
    (error) => {
      expect(kindOf(error)).toBe('connection');
    },
  );
});

describe('sentenceOf', () => {
  it('gives one line', () => {
    expect(sentenceOf(new Error('one\n  two '))).toBe('one two');
    expect(sentenceOf(new Error(''))).toBe('no reason given');
  });

  it('tells what led to it', () => {
    const refused = new AggregateError([new Error('connect ECONNREFUSED ::1:9092')]);
    const error = new Error('Connection to broker:9092 failed.', { cause: refused });

    expect(sentenceOf(error)).toBe('Connection to broker:9092 failed: connect ECONNREFUSED ::1:9092');
  });

  it('tells what the broker said', () => {
    const refused = Object.assign(new Error('Not allowed.'), { serverErrorMessage: 'no such user' });

    expect(sentenceOf(new AggregateError([refused], 'Refused.'))).toBe('Refused: Not allowed: no such user');
  });

  it('ends with causes that go round', () => {
    const error = new Error('round');
    error.cause = error;

    expect(sentenceOf(error)).toBe('round');
  });
});
