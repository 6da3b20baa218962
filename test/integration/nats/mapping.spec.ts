import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { consuming } from '../../support/describe-event-source.js';
import { describeWithNats, waitFor } from '../../support/index.js';
import { NatsNode } from './nats-node.js';
import { NatsProducer, type HeaderTable } from '../../support/nats/producer.js';

Logger.overrideLogger(false);

const BROADCAST = { event_type: 'made', visibility: 'broadcast' };

describeWithNats('messages of NATS', (url) => {
  /** The first token of every subject of a test, so that tests on one server do not meet. */
  let root: string;
  let node: NatsNode;
  let producer: NatsProducer;

  beforeEach(async () => {
    root = `map-${randomUUID()}`;
    producer = await NatsProducer.connect(url());
  });

  afterEach(async () => {
    await node.close();
    await producer.close();
  });

  async function aNode(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    node = new NatsNode(url(), { HERMES_NATS_SUBJECTS: `${root}.>`, ...settings });
    node.source.start();
    await consuming(node.source);
  }

  function send(subject: string, headers: HeaderTable | undefined = BROADCAST, body = '{}'): void {
    producer.send(`${root}.${subject}`, headers, body);
  }

  /** Everything that was sent before has been dealt with once the marker has come. */
  async function dealtWith(): Promise<void> {
    producer.send(`${root}.marker.marker`, { event_type: 'marker', visibility: 'internal', channel: 'm' }, '0');
    await waitFor('the marker', () => node.intake.events.some(({ name }) => name === 'marker'));
  }

  function channels(): string[] {
    return node.intake.events.filter(({ name }) => name !== 'marker').map(({ channel }) => channel);
  }

  function reasons(): string[] {
    return node.intake.rejections.map(({ reason }) => reason);
  }

  it('have their subject for a channel, or the one of their header', async () => {
    await aNode();
    send('a.b');
    send('a', { ...BROADCAST, channel: 'sports' });
    await dealtWith();

    expect(channels()).toEqual([`${root}.a.b`, 'sports']);
  });

  it('have tokens of their subject for a channel when the rule says so', async () => {
    await aNode({ HERMES_NATS_CHANNEL: 'eu/{2}.{3}' });
    send('orders.paid');
    send('orders.paid.late');
    send('orders');
    send('orders', { ...BROADCAST, channel: 'named' });
    await dealtWith();

    expect(channels()).toEqual(['eu/orders.paid', 'eu/orders.paid', 'named']);
    expect(reasons()).toEqual(['missing_channel']);
  });

  it('may write the names of their headers as clients do', async () => {
    await aNode();
    send('a', { Event_type: 'made', Visibility: 'direct', UUID: 'u1' });
    send('a', { 'Event-Type': 'made', VISIBILITY: 'broadcast', Role: 'admin', 'Cache-Ttl': '60' });
    await dealtWith();

    expect(node.intake.events).toMatchObject([
      { audience: { kind: 'direct', userId: 'u1' } },
      { audience: { kind: 'broadcast', role: 'admin' }, retention: 60 },
      { name: 'marker' },
    ]);
  });

  it('are rejected when a header comes twice with two values', async () => {
    await aNode();
    send('a', { ...BROADCAST, role: ['admin', 'user'] });
    send('a', { ...BROADCAST, role: ['admin', 'admin'] });
    send('a', { ...BROADCAST, role: 'admin', Role: 'user' });
    await dealtWith();

    expect(reasons()).toEqual(['bad_header', 'bad_header']);
    expect(channels()).toHaveLength(1);
  });

  it('without headers are rejected and counted', async () => {
    await aNode();
    producer.send(`${root}.a`, undefined, '{}');
    send('a', { 'Nats-Msg-Id': '1' });
    await dealtWith();

    expect(reasons()).toEqual(['missing_event_type', 'missing_event_type']);
  });

  it('without headers are broadcasts when an event name is set, and with some are not', async () => {
    await aNode({ HERMES_NATS_EVENT: 'message' });
    producer.send(`${root}.a`, undefined, '"plain"');
    send('a', { 'Nats-Msg-Id': '1' }, '"traced"');
    send('a', { uuid: 'u1' }, '"meant for one"');
    await dealtWith();

    expect(node.intake.events.slice(0, 2)).toMatchObject([
      { name: 'message', audience: { kind: 'broadcast' } },
      { name: 'message', audience: { kind: 'broadcast' } },
    ]);
    expect(reasons()).toEqual(['missing_event_type']);
  });

  it('arrive byte for byte, and harm nobody when they are no text or no headers', async () => {
    await aNode();
    send('a', BROADCAST, '{"a": "\\u00fc ü", "b":1e400}');
    producer.connection.publish(`${root}.a`, Uint8Array.of(0xff, 0xfe), {});
    send('a', { ...BROADCAST, event_type: 'é'.repeat(300) });
    send('a', { ...BROADCAST, cache_ttl: 'soon' });
    await dealtWith();

    expect(node.intake.bodies[0]).toBe('{"a": "\\u00fc ü", "b":1e400}');
    expect(reasons()).toEqual(['missing_event_type', 'name_too_long']);
    expect(node.source.stats.badCacheTtl).toBe(1);
  });

  it('of the server itself, and of the bus, do not come through a wildcard', async () => {
    node = new NatsNode(url(), { HERMES_NATS_SUBJECTS: '>' });
    node.source.start();
    await consuming(node.source);
    const headers = { ...BROADCAST, channel: `${root}.bus` };
    producer.send('hermes.events', headers, '"once"');
    producer.send(`_INBOX.${root}`, headers, '"never"');
    await dealtWith();

    expect(channels().filter((channel) => channel === `${root}.bus`)).toHaveLength(1);
  });
});
