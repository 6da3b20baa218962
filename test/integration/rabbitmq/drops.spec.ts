import { aBroadcast, consuming } from '../../support/describe-event-source.js';
import { describeWithRabbit, waitFor } from '../../support/index.js';
import { LogRecorder } from '../../support/log-recorder.js';
import { Producer } from '../../support/rabbitmq/producer.js';
import { RabbitNode } from './rabbit-node.js';

const LIMIT = 64 * 1024;
const EVENT_BYTES = 2_000;

describeWithRabbit('what the broker drops off the queue of a node', (rabbit) => {
  let node: RabbitNode;
  let producer: Producer;
  let log: LogRecorder;

  beforeEach(async () => {
    log = LogRecorder.install();
    producer = await Producer.connect(rabbit().uri);
  });

  afterEach(async () => {
    await node.close();
    await producer.close();
  });

  async function aNode(uri = rabbit().uri): Promise<void> {
    node = new RabbitNode(uri, {
      HERMES_RABBITMQ_EXCHANGES: 'news',
      HERMES_RABBITMQ_QUEUE_LIMIT: String(LIMIT),
      HERMES_RABBITMQ_PREFETCH: '10',
    });
    node.source.start();
    await consuming(node.source);
  }

  it('is counted to the event, and told once until it is over', async () => {
    await aNode();
    node.source.pause();
    const { headers } = aBroadcast('');
    for (let round = 0; round < 5; round++) {
      for (let count = 0; count < 100; count++) producer.send('news', headers, JSON.stringify('x'.repeat(EVENT_BYTES)));
      await producer.confirmed();
      await waitFor('the drops to be counted', () => node.source.stats.queueDropped >= (round + 1) * 50);
    }
    node.source.resume();
    await waitFor('every event to be dropped or here', () => {
      return node.source.stats.queueDropped + node.source.stats.heldDropped + node.intake.events.length === 500;
    });
    // A busy machine may let it be over between two rounds.
    const told = (): number => log.of('source.queue.overflowed').length;
    await waitFor('the log to say that it is over', () => log.of('source.queue.recovered').length === told());

    expect(told()).toBeGreaterThan(0);
    expect(node.source.state).toEqual({ kind: 'consuming' });
  });

  it('includes what expires while it waits', async () => {
    await aNode();
    node.source.pause();
    const options = { headers: aBroadcast('').headers, expiration: '1' };
    for (let count = 0; count < 30; count++) producer.channel.publish('news', '', Buffer.from('1'), options);
    await waitFor('those behind the prefetch to expire', () => node.source.stats.queueDropped >= 20);

    expect(node.source.stats.queueDropped).toBe(20);
  });

  it('is not known of where the user may not have it counted, and events come all the same', async () => {
    const { management, vhost, uri } = rabbit();
    const limited = new URL(uri);
    limited.username = limited.password = vhost;
    await management.call('PUT', `/api/users/${vhost}`, { password: vhost, tags: '' });
    const may = '^(news|hermes\\.(events|[-0-9a-f]+))$';
    await management.call('PUT', `/api/permissions/${vhost}/${vhost}`, { configure: may, write: may, read: may });
    await aNode(limited.href);
    producer.send('news', aBroadcast('').headers, '1');
    await waitFor('the event', () => node.intake.events.length === 1);

    expect(log.of('source.queue.uncounted')).toEqual([expect.stringContaining('hermes.dropped')]);
    await management.call('DELETE', `/api/users/${vhost}`);
  });

  it('leaves nothing at the broker when the node stops', async () => {
    await aNode();
    await node.source.stop();
    const queues = await rabbit().management.call('GET', `/api/queues/${rabbit().vhost}`);

    expect(queues).toEqual([]);
  });
});
