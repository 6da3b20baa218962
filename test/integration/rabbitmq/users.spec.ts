import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { connect } from 'amqplib';
import { anEvent } from '../../support/builders/index.js';
import { aBroadcast, arrived, consuming } from '../../support/describe-event-source.js';
import { describeWithRabbit, waitFor } from '../../support/index.js';
import { Producer } from '../../support/rabbitmq/producer.js';
import { RabbitNode } from './rabbit-node.js';

Logger.overrideLogger(false);

interface Permissions {
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

const ALL: Permissions = { configure: '.*', write: '.*', read: '.*' };

describeWithRabbit('users of RabbitMQ', (rabbit) => {
  const nodes: RabbitNode[] = [];
  const users: string[] = [];
  const hosts: string[] = [];

  afterEach(async () => {
    const { management } = rabbit();
    await Promise.all(nodes.splice(0).map((node) => node.close()));
    for (const user of users.splice(0)) await management.call('DELETE', `/api/users/${encodeURIComponent(user)}`);
    for (const host of hosts.splice(0)) await management.deleteVhost(host);
  });

  async function aUser(name: string, password: string, may = ALL, vhost = rabbit().vhost): Promise<void> {
    const user = encodeURIComponent(name);
    users.push(name);
    await rabbit().management.call('PUT', `/api/users/${user}`, { password, tags: '' });
    await rabbit().management.call('PUT', `/api/permissions/${encodeURIComponent(vhost)}/${user}`, may);
  }

  /** @param credentials as they stand in the URI */
  function aNode(
    credentials: string,
    settings: Readonly<Record<string, string>> = {},
    vhost = rabbit().vhost,
  ): RabbitNode {
    const node = new RabbitNode(`amqp://${credentials}@${new URL(rabbit().uri).host}/${vhost}`, settings);
    nodes.push(node);
    node.source.start();
    node.bus.open();
    return node;
  }

  it.each([
    ['percent-encoded UTF-8', 'pässwörd', encodeURIComponent('pässwörd')],
    ['as it is', 'pässwörd', 'pässwörd'],
    ['in another script', '密码', encodeURIComponent('密码')],
    ['with every sign that means something in a URI', ':/?#[]@!$&\'()*+,;=% "<>^`{|}', undefined],
    ['that looks percent-encoded', '%41%C3%A4', undefined],
  ])('may have a password %s', async (_spelling, password, written) => {
    const name = `zoë-${randomUUID()}`;
    await aUser(name, password);
    const node = aNode(`${encodeURIComponent(name)}:${written ?? encodeURIComponent(password).replaceAll("'", '%27')}`);
    await consuming(node.source);
    await waitFor('the bus to publish', async () => (await node.bus.publish([anEvent()])).kind === 'published');
    await arrived(node.intake, 1);

    expect(node.source.stats.connectFailures).toBe(0);
  });

  it('are known in a virtual host of any name', async () => {
    const host = `münchen/${randomUUID()}`;
    const name = `user-${randomUUID()}`;
    hosts.push(host);
    await rabbit().management.addVhost(host);
    await aUser(name, 'secret', ALL, host);
    const node = aNode(`${name}:secret`, {}, encodeURIComponent(host));

    expect(await consuming(node.source)).toBe(true);
  });

  it('need to configure nothing but what is of Hermes, when the exchanges are not to be declared', async () => {
    const name = `user-${randomUUID()}`;
    const producer = await Producer.connect(rabbit().uri);
    const options = { durable: false, autoDelete: true, arguments: { 'alternate-exchange': 'other' } };
    await producer.apart((channel) => channel.assertExchange('made', 'fanout', options));
    await aUser(name, 'secret', { configure: '^hermes\\.', write: '^hermes\\.', read: '^(hermes\\.|made$|nowhere$)' });
    const settings = { HERMES_RABBITMQ_DECLARE: 'false' };
    const node = aNode(`${name}:secret`, { ...settings, HERMES_RABBITMQ_EXCHANGES: 'made' });
    await consuming(node.source);
    producer.send('made', aBroadcast('').headers, '1');
    await arrived(node.intake, 1);

    const other = aNode(`${name}:secret`, { ...settings, HERMES_RABBITMQ_EXCHANGES: 'made,nowhere' });
    await waitFor('the reason', () => other.reason?.includes("NOT_FOUND - no exchange 'nowhere'"));
    producer.send('made', aBroadcast('').headers, '2');
    await arrived(other.intake, 1);
    await producer.close();

    expect(other.intake.bodies).toEqual(['2']);
  });

  it('are told how to take an exchange as it is', async () => {
    const connection = await connect(rabbit().uri);
    const channel = await connection.createChannel();
    await channel.assertExchange('volatile', 'fanout', { durable: false });
    const [, uri = ''] = rabbit().uri.split('//');
    const node = aNode(uri.slice(0, uri.lastIndexOf('@')), { HERMES_RABBITMQ_EXCHANGES: 'volatile' });
    await waitFor('the reason', () => node.reason?.includes('HERMES_RABBITMQ_DECLARE=false takes it as it is'));
    await connection.close();

    expect(node.reason).toContain('exchange volatile: ');
  });

  it('who send what is too large to a node under pressure make it hold nothing', async () => {
    const producer = await Producer.connect(rabbit().uri);
    const [, uri = ''] = rabbit().uri.split('//');
    const node = aNode(uri.slice(0, uri.lastIndexOf('@')), { HERMES_RABBITMQ_EXCHANGES: 'news' });
    await consuming(node.source);
    node.source.pause();
    const body = Buffer.alloc(4 * 1024 ** 2, '1');
    for (let count = 0; count < 20; count++) {
      producer.send('news', aBroadcast('').headers, body);
      await producer.confirmed();
    }
    await waitFor('all of them to be refused', () => node.intake.rejections.length === 20);
    producer.send('news', aBroadcast('').headers, '1');
    node.source.resume();
    await arrived(node.intake, 1);
    await producer.close();

    expect(new Set(node.intake.rejections.map(({ reason }) => reason))).toEqual(new Set(['too_large']));
    expect(node.source.stats.heldDropped).toBe(0);
  });
});
