import { Logger } from '@nestjs/common';
import type { Options } from 'amqplib';
import { consuming } from '../../support/describe-event-source.js';
import { describeWithRabbit, waitFor } from '../../support/index.js';
import { Producer } from '../../support/rabbitmq/producer.js';
import { RabbitNode } from './rabbit-node.js';

Logger.overrideLogger(false);

type Headers = Options.Publish['headers'];

const EXCHANGES = 'news,orders:topic:eu.#,orders:topic:us.#,logs:direct:error,matched:headers';

describeWithRabbit('messages of RabbitMQ', (rabbit) => {
  let node: RabbitNode;
  let producer: Producer;

  beforeEach(async () => {
    node = new RabbitNode(rabbit().uri, { HERMES_RABBITMQ_EXCHANGES: EXCHANGES });
    producer = await Producer.connect(rabbit().uri);
    node.source.start();
    await consuming(node.source);
  });

  afterEach(async () => {
    await node.close();
    await producer.close();
  });

  /** Everything that was sent before has been dealt with once the marker has come through the same queue. */
  async function dealtWith(): Promise<void> {
    producer.send('news', { event_type: 'marker', visibility: 'internal' }, '0');
    await waitFor('the marker', () => node.intake.events.some(({ name }) => name === 'marker'));
  }

  function send(exchange: string, headers: Headers, routingKey?: string): void {
    producer.send(exchange, { event_type: 'made', visibility: 'broadcast', ...headers }, '{}', routingKey);
  }

  it('come from exchanges of every type at once', async () => {
    send('news', {});
    send('orders', {}, 'eu.de.paid');
    send('orders', {}, 'us.paid');
    send('orders', {}, 'asia.paid');
    send('logs', {}, 'error');
    send('logs', {}, 'debug');
    send('matched', {});
    await dealtWith();

    const channels = node.intake.events.map(({ channel }) => channel);
    expect(channels).toEqual(['news', 'orders', 'orders', 'logs', 'matched', 'news']);
  });

  it('have the channel of their header before that of their exchange', async () => {
    send('news', { channel: 'sports' });
    await dealtWith();

    expect(node.intake.events[0]?.channel).toBe('sports');
  });

  it.each<[string, unknown, unknown]>([
    ['8 bits', 5, 5],
    ['16 bits', 300, 300],
    ['32 bits', 70_000, 70_000],
    ['64 bits', { '!': 'int64', value: 2 ** 40 }, 2 ** 40],
    ['64 bits and negative', { '!': 'int64', value: -1 }, 'forever'],
    ['unsigned 8 bits', { '!': 'unsignedbyte', value: 200 }, 200],
    ['unsigned 16 bits', { '!': 'unsignedshort', value: 60_000 }, 60_000],
    ['unsigned 32 bits', { '!': 'unsignedint', value: 4_000_000_000 }, 4_000_000_000],
    ['a signed byte', -1, 'forever'],
    ['digits', '60', 60],
  ])('are kept for a cache_ttl of %s', async (_type, cacheTtl, retention) => {
    send('news', { cache_ttl: cacheTtl });
    await dealtWith();

    expect(node.intake.events[0]?.retention).toBe(retention);
    expect(node.source.stats.badCacheTtl).toBe(0);
  });

  it.each<[string, unknown]>([
    ['a fraction', 1.5],
    ['a truth value', true],
    ['bytes', Buffer.from('60')],
    ['a point in time', { '!': 'timestamp', value: 1 }],
    ['a decimal', { '!': 'decimal', value: { digits: 60, places: 0 } }],
    ['a table', { seconds: 60 }],
    ['an array', [60]],
    ['words', 'a minute'],
  ])('go out, and are not kept, when cache_ttl is %s', async (_type, cacheTtl) => {
    send('news', { cache_ttl: cacheTtl });
    await dealtWith();

    expect(node.intake.events).toMatchObject([{ name: 'made', retention: undefined }, { name: 'marker' }]);
    expect(node.source.stats.badCacheTtl).toBe(1);
  });

  it.each<[string, Headers]>([
    ['missing_event_type', { event_type: null }],
    ['bad_header', { event_type: 5 }],
    ['bad_header', { event_type: Buffer.from('made') }],
    ['bad_header', { event_type: { '!': 'timestamp', value: 1 } }],
    ['bad_visibility', { visibility: null }],
    ['bad_visibility', { visibility: true }],
    ['bad_visibility', { visibility: Buffer.from('broadcast') }],
    ['bad_visibility', { visibility: 'everybody' }],
    ['missing_uuid', { visibility: 'direct' }],
    ['bad_header', { visibility: 'direct', uuid: { '!': 'int64', value: 2 ** 60 } }],
    ['bad_header', { visibility: 'direct', uuid: { '!': 'double', value: 0.5 } }],
    ['bad_header', { visibility: 'direct', uuid: ['u1'] }],
    ['bad_header', { role: 5 }],
    ['bad_header', { role: { name: 'admin' } }],
    ['bad_header', { channel: false }],
    ['bad_header', { cache_key: 5 }],
    ['reserved_name', { event_type: '***' }],
    ['reserved_name', { channel: '***' }],
    ['name_too_long', { event_type: 'x'.repeat(300) }],
  ])('are rejected once as %s for %p', async (reason, headers) => {
    send('news', headers);
    await dealtWith();

    expect(node.intake.rejections).toMatchObject([{ source: 'rabbitmq', reason }]);
    expect(node.intake.events).toHaveLength(1);
  });

  it('address the user whose id is a number', async () => {
    send('news', { visibility: 'direct', uuid: 70_000 });
    await dealtWith();

    expect(node.intake.events[0]?.audience).toMatchObject({ kind: 'direct', userId: '70000' });
  });

  it('are rejected when they have no headers at all', async () => {
    producer.channel.publish('news', '', Buffer.from('{}'));
    await dealtWith();

    expect(node.intake.rejections).toMatchObject([{ reason: 'missing_event_type' }]);
  });

  it.each([
    ['not JSON', Buffer.from('{"a":')],
    ['empty', Buffer.alloc(0)],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ])('are counted and never come again when their body is %s', async (_kind, body) => {
    producer.send('news', { event_type: 'made', visibility: 'broadcast' }, body);
    await dealtWith();
    await node.cut(rabbit().management);
    await waitFor('the connection to be lost', () => node.source.stats.disconnects === 1);
    await consuming(node.source);
    await dealtWith();

    expect(node.intake.rejections).toMatchObject([{ reason: 'not_json' }]);
  });

  it('keep their body as it is, large ones too', async () => {
    const body = Buffer.from(JSON.stringify('é'.repeat(300_000)));
    producer.send('news', { event_type: 'made', visibility: 'broadcast' }, body);
    await dealtWith();

    expect(node.intake.events[0]?.payload.equals(body)).toBe(true);
  });
});
