import { Refusal, refusalOr, sentenceOf } from './fault.js';

describe('sentenceOf', () => {
  it.each<[unknown, string]>([
    [new Error('connect ECONNREFUSED'), 'connect ECONNREFUSED'],
    [new Error('cannot reach\n  amqp://user:hunter2@broker:5672/vhost'), 'cannot reach amqp://broker:5672/vhost'],
    [new Error('amqp://user:p@ss@broker failed'), 'amqp://broker failed'],
    [new AggregateError([new Error('one'), new Error('two')]), 'one, two'],
    [undefined, 'no reason given'],
    ['a text', 'a text'],
  ])('says %p as %p', (error, sentence) => {
    expect(sentenceOf(error)).toBe(sentence);
  });
});

describe('refusalOr', () => {
  it('tells an answer of the broker from a lost connection', () => {
    const refused = Object.assign(new Error('406 PRECONDITION_FAILED'), { code: 406 });
    const lost = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

    expect(refusalOr(refused)).toEqual(new Refusal('406 PRECONDITION_FAILED', 406));
    expect(refusalOr(lost)).toBe(lost);
  });
});
