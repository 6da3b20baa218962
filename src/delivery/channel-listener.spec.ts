import { aNode, anEvent, toNobody, toUser } from '../../test/support/builders/index.js';
import type { HermesEvent } from './event.js';

describe('a listener to one channel', () => {
  it('sees every event of its channel, whoever it is for, and of no other', () => {
    const { delivery } = aNode();
    const seen: HermesEvent[] = [];
    delivery.listen('wss', (event) => seen.push(event));
    const events = [
      anEvent({ channel: 'wss' }),
      anEvent({ channel: 'wss', audience: toNobody }),
      anEvent({ channel: 'wss', audience: toUser('ada') }),
    ];

    for (const event of [...events, anEvent({ channel: 'news' })]) delivery.deliver(event);

    expect(seen).toEqual(events);
  });

  it('says to how many sessions it brought the event', () => {
    const { delivery } = aNode();
    delivery.listen('wss', () => 3);

    delivery.deliver(anEvent({ channel: 'wss' }));

    expect(delivery.stats).toMatchObject({ delivered: 3, unheard: 0 });
  });

  it('is heard, where nodes talk to each other, without any session', () => {
    const { delivery } = aNode();
    delivery.listen('nodes', () => undefined);
    delivery.listen('wss', () => 0);

    delivery.deliver(anEvent({ channel: 'nodes', audience: toNobody }));
    delivery.deliver(anEvent({ channel: 'wss', audience: toNobody }));

    expect(delivery.stats).toMatchObject({ delivered: 0, unheard: 1 });
  });

  it('is alone on its channel', () => {
    const { delivery } = aNode();
    delivery.listen('wss', () => 0);

    expect(() => delivery.listen('wss', () => 0)).toThrow('two listeners for the channel wss');
  });
});
