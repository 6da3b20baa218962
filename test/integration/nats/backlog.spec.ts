import { Logger } from '@nestjs/common';
import { aBroadcast, arrived, consuming } from '../../support/describe-event-source.js';
import { describeWithOwnNats, NATS_TIMEOUT, prepareNats, waitFor, type NatsServer } from '../../support/index.js';
import { NatsProducer } from '../../support/nats/producer.js';
import { NatsNode } from './nats-node.js';
import { Relay } from './relay.js';

Logger.overrideLogger(false);

const { headers } = aBroadcast('');
const MEGABYTE = JSON.stringify('x'.repeat(1_000_000));
const FETCH_BYTES = 16 * 1024 ** 2;

describeWithOwnNats('a stream in which much is waiting', () => {
  let server: NatsServer;
  let node: NatsNode;
  let producer: NatsProducer;
  let relay: Relay;

  beforeAll(async () => {
    server = await prepareNats();
    await server.start();
  }, NATS_TIMEOUT);

  beforeEach(async () => {
    producer = await NatsProducer.connect(server.url);
    relay = await Relay.open(server.url);
  });

  afterEach(async () => {
    await node.close();
    await producer.close();
    relay.close();
  });

  afterAll(() => server.kill());

  /** How many messages are asked for, by everybody, in the order of the requests. */
  function requests(): number[] {
    const counts: number[] = [];
    producer.connection.subscribe('$JS.API.CONSUMER.MSG.NEXT.>', {
      callback: (_, message) => void counts.push(message.json<{ batch: number }>().batch),
    });
    return counts;
  }

  it(
    'is read in pieces that the server holds for a client, and faster when messages are small',
    async () => {
      await producer.addStream('much');
      node = new NatsNode(relay.url, { HERMES_NATS_STREAMS: 'much' });
      node.source.start();
      await consuming(node.source);
      relay.block();
      await waitFor('the source to notice', () => node.source.state.kind === 'waiting');
      for (let index = 0; index < 100; index++) await producer.store('much.a', headers, MEGABYTE);
      const counts = requests();
      await producer.confirmed();
      relay.unblock();
      await arrived(node.intake, 100);

      expect(node.source.stats).toMatchObject({ connects: 2, disconnects: 1, consumerLosses: 0 });
      expect(counts.length).toBeGreaterThan(5);
      expect(Math.max(...counts) * MEGABYTE.length).toBeLessThanOrEqual(FETCH_BYTES);

      await Promise.all(Array.from({ length: 5_000 }, (_, index) => producer.store('much.a', headers, String(index))));
      await arrived(node.intake, 5_100);
      await waitFor('larger requests', () => Math.max(...counts) > 16);
      expect(node.intake.bodies.slice(100)).toEqual(Array.from({ length: 5_000 }, (_, index) => String(index)));
    },
    NATS_TIMEOUT,
  );
});
