import { ProducerChannels } from './producer-channels.js';

describe('ProducerChannels', () => {
  it('knows where a producer has spoken, and nowhere else', () => {
    const channels = new ProducerChannels();
    channels.hear('prices');

    expect(channels.has('prices')).toBe(true);
    expect(channels.has('orders')).toBe(false);
  });

  it('knows where one is going to speak', () => {
    const channels = new ProducerChannels();
    channels.claim((channel) => channel === 'orders');

    expect(channels.has('orders')).toBe(true);
    expect(channels.has('prices')).toBe(false);
  });

  it('remembers no more than the last ten thousand', () => {
    const channels = new ProducerChannels();
    for (let index = 0; index <= 10_000; index++) channels.hear(`c${index}`);

    expect(channels.has('c0')).toBe(false);
    expect(channels.has('c1')).toBe(true);
    expect(channels.has('c10000')).toBe(true);
  });
});
