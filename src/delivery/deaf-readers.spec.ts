import { aNode, type Listener } from '../../test/support/builders/a-node.js';
import { anEvent } from '../../test/support/builders/an-event.js';

const EVENT = 1_000;

function deliver(node: ReturnType<typeof aNode>, times: number): void {
  for (let n = 0; n < times; n++) {
    node.delivery.deliver(anEvent({ channel: 'prices', payload: '1'.repeat(EVENT) }));
    node.loop.settle();
  }
}

describe('Readers that take nothing', () => {
  const limits = { pendingBytes: 10_000 };
  let node: ReturnType<typeof aNode>;
  let paused: number;

  function stall({ connection }: Listener): void {
    Object.assign(connection.stall(), { tookSome: () => false });
  }

  function connect(): Listener {
    const listener = node.connect();
    node.delivery.subscribe(listener.subscriber, 'prices', '***');
    return listener;
  }

  beforeEach(() => {
    node = aNode(limits);
    paused = 0;
    node.delivery.pressure.listen({ pressureRose: () => paused++, pressureFell: () => undefined });
  });

  it('are given up before anybody pauses, and those who read are not', () => {
    const [deaf, reader] = [connect(), connect()];
    stall(deaf);
    deliver(node, 5);
    node.clock.advance(100);
    deliver(node, 6);

    expect([deaf.givenUp, reader.givenUp, paused]).toEqual([true, false, 0]);
  });

  it('are not given up while they may just be slow: then the sources pause', () => {
    const slow = connect();
    stall(slow);
    deliver(node, 5);
    node.clock.advance(99);
    deliver(node, 6);

    expect([slow.givenUp, paused]).toEqual([false, 1]);
  });

  it('are given up while the sources pause, as soon as they have taken nothing for long enough', () => {
    const deaf = connect();
    stall(deaf);
    deliver(node, 11);
    node.clock.advance(100);
    node.delivery.queue.giveUpStalled(2_000);

    expect([paused, deaf.givenUp]).toEqual([1, true]);
  });

  it('go with most waiting first, until half of the bound is free', () => {
    const [much, little] = [connect(), connect()];
    stall(much);
    deliver(node, 5);
    stall(little);
    deliver(node, 2);
    node.clock.advance(100);
    deliver(node, 1);
    deliver(node, 1);

    expect([much.givenUp, little.givenUp, paused]).toEqual([true, false, 0]);
  });
});
