import { aNode, anEvent, toNobody } from '../../test/support/builders/index.js';

describe('an event for chosen sessions', () => {
  it('reaches those of them who asked for it, whoever it is addressed to, and nobody else', () => {
    const node = aNode();
    const [chosen, uninterested, others] = [node.connect(), node.connect(), node.connect()];
    for (const { subscriber } of [chosen, others]) node.delivery.subscribe(subscriber, 'chat', 'message');

    const event = anEvent({ channel: 'chat', name: 'message', audience: toNobody, payload: '"hello"' });
    node.delivery.deliverTo(event, [chosen.subscriber, uninterested.subscriber]);

    expect(chosen.received()).toEqual(['chat/message "hello"']);
    expect(uninterested.received()).toEqual([]);
    expect(others.received()).toEqual([]);
    expect(node.delivery.stats).toMatchObject({ delivered: 1, unheard: 0 });
  });

  it('is not counted as unheard when none of them asked for it: nobody published it to a channel', () => {
    const node = aNode();

    node.delivery.deliverTo(anEvent(), [node.connect().subscriber]);

    expect(node.delivery.stats).toMatchObject({ delivered: 0, unheard: 0 });
  });
});
