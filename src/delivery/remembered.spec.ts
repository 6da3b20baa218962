import { aNode } from '../../test/support/builders/a-node.js';

describe('What sessions make a node remember', () => {
  it('is counted by name, and forgotten with the last who is interested', () => {
    const node = aNode();
    const { delivery } = node;
    const [first, second] = [node.connect().subscriber, node.connect().subscriber];
    delivery.subscribe(first, 'prices', 'tick');
    const one = delivery.remembered.bytes;
    delivery.subscribe(second, 'prices', 'tick');
    const both = delivery.remembered.bytes;
    delivery.mute(first, 'noise');
    delivery.disconnect(first);
    delivery.unsubscribe(second, 'prices', 'tick');

    expect(both - one).toBeLessThan(one / 4);
    expect(delivery.remembered.bytes).toBe(0);
  });

  it('has a bound, half of which is for users alone', () => {
    const node = aNode({ rememberedBytes: 20_000 });
    const [stranger, user] = [node.connect().subscriber, node.connectAs('alice').subscriber];
    const fill = (who: typeof user): number => {
      for (let n = 0; ; n++) if (!node.delivery.subscribe(who, `${n}`, 'x'.repeat(200))) return n;
    };
    const anonymous = fill(stranger);
    node.delivery.disconnect(stranger);

    expect(fill(user)).toBeGreaterThan(anonymous * 1.5);
    expect(node.delivery.mute(node.connectAs('bob').subscriber, 'tick')).toBe(false);
  });
});
