import { aBroadcast, arrived, consuming } from '../../support/describe-event-source.js';
import {
  describeWithOwnRabbit,
  prepareRabbit,
  RABBIT_TIMEOUT,
  waitFor,
  type RabbitBroker,
} from '../../support/index.js';
import { LogRecorder } from '../../support/log-recorder.js';
import { Producer } from '../../support/rabbitmq/producer.js';
import { RabbitNode } from './rabbit-node.js';

const PATIENCE = RABBIT_TIMEOUT;

/** One event a millisecond until told to stop; bodies count up, and `stop` says how many went out. */
function load(to: Producer): { stop(): number } {
  let count = 0;
  const timer = setInterval(() => {
    try {
      to.send('news', aBroadcast('').headers, String(count++));
    } catch {
      // The broker is away; what is sent now is lost.
    }
  }, 1);
  return {
    stop: () => {
      clearInterval(timer);
      return count;
    },
  };
}

describeWithOwnRabbit('RabbitMQ that goes away', () => {
  let broker: RabbitBroker;
  let node: RabbitNode;
  let producer: Producer | undefined;
  let log: LogRecorder;

  beforeAll(async () => {
    broker = await prepareRabbit();
  });

  beforeEach(async () => {
    await broker.start();
    log = LogRecorder.install();
    node = new RabbitNode(broker.uri, { HERMES_RABBITMQ_EXCHANGES: 'news' });
  }, PATIENCE);

  afterEach(async () => {
    await node.close();
    await producer?.close();
    producer = undefined;
  });

  afterAll(() => broker.stop(), PATIENCE);

  async function broadcastUntilArrived(body: string): Promise<void> {
    const to = (producer ??= await Producer.connect(broker.uri));
    to.send('news', aBroadcast(body).headers, body);
    await waitFor(`event ${body}`, () => node.intake.bodies.includes(body));
  }

  async function queues(): Promise<readonly string[]> {
    const listed = (await broker.management.call('GET', '/api/queues')) as readonly { readonly name: string }[];
    return listed.map(({ name }) => name);
  }

  /** The queue of the node, once that of the node before it is no longer listed. */
  async function onlyQueue(): Promise<string> {
    const [queue] = await waitFor('one queue to be listed', async () => {
      // Beside it is one that counts what the broker drops off it.
      const names = (await queues()).filter((name) => !name.endsWith('.dropped'));
      return names.length === 1 && names;
    });
    return queue ?? '';
  }

  /** Deletes a queue from inside the broker: nobody but its owner may do so from outside. */
  async function deleteQueue(name: string): Promise<void> {
    const find = `{ok, Q} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"/">>, queue, <<"${name}">>))`;
    await broker.control('eval', `${find}, rabbit_amqqueue:delete(Q, false, false, <<"test">>).`);
  }

  it(
    'and is away at the start is found when it appears',
    async () => {
      await broker.kill();
      node.source.start();
      node.bus.open();
      await waitFor('a failed attempt', () => node.source.stats.connectFailures > 2);
      expect(node.reason).toMatch(/not connected to the broker: .*ECONNREFUSED/);
      expect(log.of('source.connect.failed')).toHaveLength(1);
      await expect(node.bus.publish([])).resolves.toMatchObject({ kind: 'unavailable' });

      await broker.start();
      await consuming(node.source);
      await broadcastUntilArrived('"hello"');
    },
    PATIENCE,
  );

  it(
    'is found again after it was killed under load, and brings every event once',
    async () => {
      node.source.start();
      await consuming(node.source);
      producer = await Producer.connect(broker.uri);
      const before = load(producer);
      await arrived(node.intake, 300);
      await broker.kill();
      await waitFor('the source to notice', () => node.source.state.kind === 'waiting');
      before.stop();
      const { length } = node.intake.events;
      expect(node.intake.bodies).toEqual(Array.from({ length }, (_, index) => String(index)));

      await broker.start();
      await consuming(node.source);
      await producer.close();
      producer = await Producer.connect(broker.uri);
      const after = load(producer);
      await arrived(node.intake, length + 300);
      const sent = after.stop();
      await producer.confirmed();
      await arrived(node.intake, length + sent);

      expect(node.intake.bodies.slice(length)).toEqual(Array.from({ length: sent }, (_, index) => String(index)));
      expect(node.source.stats).toMatchObject({ connects: 2, disconnects: 1, consumerLosses: 0, consumerRestores: 1 });
    },
    PATIENCE,
  );

  it(
    'is not needed by a pause: what is held survives it and is handed over first',
    async () => {
      node.source.start();
      await consuming(node.source);
      producer = await Producer.connect(broker.uri);
      node.source.pause();
      for (const body of ['1', '2', '3']) producer.send('news', aBroadcast(body).headers, body);
      await producer.confirmed();
      await node.cut(broker.management);
      await waitFor('the connection to be lost', () => node.source.stats.disconnects === 1);
      await consuming(node.source);
      producer.send('news', aBroadcast('4').headers, '4');
      await producer.confirmed();
      expect(node.intake.events).toEqual([]);
      node.source.resume();
      await arrived(node.intake, 4);

      expect(node.intake.bodies).toEqual(['1', '2', '3', '4']);
    },
    PATIENCE,
  );

  it(
    'loses a queue, and the source has another at once',
    async () => {
      node = new RabbitNode(broker.uri, { HERMES_RABBITMQ_EXCHANGES: 'news', HERMES_RABBITMQ_WATCHDOG: '1h' });
      node.source.start();
      await consuming(node.source);
      const lost = await onlyQueue();
      await deleteQueue(lost);
      await waitFor('the consumer to be restored', () => node.source.stats.consumerRestores === 1);
      await broadcastUntilArrived('"after"');

      expect(node.source.stats).toMatchObject({ consumerLosses: 1, disconnects: 0 });
      expect(log.of('source.consumer.lost')).toEqual([expect.stringContaining('cancelled the consumer')]);
      await waitFor('the broker to list the new queue alone', async () => (await onlyQueue()) !== lost);
    },
    PATIENCE,
  );

  it(
    'keeps no queue and no connection of a node that has stopped',
    async () => {
      node.source.start();
      node.bus.open();
      await consuming(node.source);
      await onlyQueue();
      await node.close();

      await waitFor('the queue to go', async () => (await queues()).length === 0);
      await waitFor('the connections to go', async () => (await broker.management.connections(node.name)).length === 0);
      expect(log.of('source.disconnected')).toEqual([]);
    },
    PATIENCE,
  );

  it(
    'writes no password into the log',
    async () => {
      const uri = new URL(broker.uri);
      uri.password = 'hunter2';
      node = new RabbitNode(uri.href);
      node.source.start();
      node.bus.open();
      await waitFor('a refused login', () => node.source.stats.connectFailures > 0);

      expect(log.of('source.connect.failed')).toEqual([expect.stringContaining('ACCESS_REFUSED')]);
      expect([...log.lines, node.reason].join('\n')).not.toContain('hunter2');
    },
    PATIENCE,
  );

  it('can be asked to stop while it is away', async () => {
    node = new RabbitNode('amqp://127.0.0.1:1');
    node.source.start();
    node.bus.open();
    await node.close();

    expect(node.source.state).toEqual({ kind: 'stopped' });
  });
});
