import * as fc from 'fast-check';
import { channelOf, topicOf, type Topic } from './topic.js';

const topics: fc.Arbitrary<Topic> = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  fc
    .tuple(fc.array(fc.constantFrom('string:', 'number:'), { maxLength: 3 }), fc.oneof(fc.string(), fc.integer()))
    .map(([marks, rest]) => marks.join('') + String(rest)),
);

describe('a topic', () => {
  it.each([
    ['stock:AAPL', 'stock:AAPL'],
    [7, 'number:7'],
    ['7', '7'],
    [-1.5, 'number:-1.5'],
    ['number:7', 'string:number:7'],
    ['string:number:7', 'string:string:number:7'],
    ['number:seven', 'number:seven'],
    ['string:7', 'string:7'],
  ])('%j is on the channel %j', (topic, channel) => {
    expect(channelOf(topic)).toBe(channel);
    expect(topicOf(channel)).toBe(topic);
  });

  it('is found again from its channel, so no two share one', () => {
    fc.assert(
      fc.property(topics, (topic) => {
        expect(topicOf(channelOf(topic))).toBe(topic);
      }),
    );
  });
});
