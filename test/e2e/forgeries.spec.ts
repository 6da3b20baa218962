import { randomUUID } from 'node:crypto';
import { describeWithNats, describeWithRabbit, waitFor, type SharedRabbit } from '../support/index.js';
import { ChatProcess } from '../support/chat/chat-process.js';
import type { ChatStream } from '../support/grpc/chat-client.js';
import { JWT_PROVIDERS, tokenOf } from '../support/grpc/tokens.js';
import type { Client } from '../support/hermes/client.js';
import { post } from '../support/hermes/http.js';
import { emptyFolder } from '../support/hermes/product.js';
import { NatsProducer } from '../support/nats/producer.js';
import { Producer } from '../support/rabbitmq/producer.js';

const KEY = 'a-key-that-only-producers-have';
const EXCHANGE = 'ctp.prices';
const PRODUCER = 'prices-team';

interface Forgery {
  readonly channel: string;
  readonly event_type: string;
  readonly visibility: 'internal' | 'direct' | 'broadcast';
  readonly uuid?: string;
  readonly data: unknown;
}

/** How a producer sends one; resolves when Hermes or the broker has it. */
type Send = (forgery: Forgery) => Promise<void>;

/** What nodes would say to each other, and chat or Hermes to a client, by somebody who knows everything about a channel. */
function forgeries(channelId: string, position: number): Forgery[] {
  const message = { channelId, position, id: 'f', sender: 'bob', body: 'FORGED', parent: 0, attachments: [] };
  const times = { sentAt: 1, editedAt: 0, deletedAt: 0 };
  const signals = [
    { kind: 'entries', channelId, entries: [{ kind: 'message', message: { ...message, ...times } }] },
    { kind: 'head', channelId, position: 1e15 },
    { kind: 'passing', channelId, message: { ...message, position: 0, ...times } },
    { kind: 'typing', channelId, userId: 'bob' },
    { kind: 'receipt', channelId, userId: 'bob', mark: 'READ', position, at: 1, to: ['alice', 'bob'] },
    { kind: 'presence', userId: 'bob', online: false, lastSeen: 1, channels: [channelId] },
  ];
  const asked = { census: 'c', node: 'n', prefix: '' };
  return [
    ...signals.map((data) => ({
      channel: 'hermes.chat',
      event_type: data.kind,
      visibility: 'internal' as const,
      data,
    })),
    { channel: 'hermes.topics', event_type: 'asked', visibility: 'internal', data: asked },
    { channel: 'chat', event_type: 'message', visibility: 'direct', uuid: 'alice', data: message },
    { channel: 'ws_status', event_type: 'authorize', visibility: 'broadcast', data: { resultCode: 200 } },
  ];
}

/** A user of the broker who may write to one exchange, and nothing else. */
async function aUserOf({ management, vhost, uri }: SharedRabbit): Promise<string> {
  const may = { configure: '', read: '', write: `^${EXCHANGE.replace('.', '\\.')}$` };
  await management.call('PUT', `/api/users/${PRODUCER}`, { password: PRODUCER, tags: '' });
  await management.call('PUT', `/api/permissions/${vhost}/${PRODUCER}`, may);
  const url = new URL(uri);
  url.username = url.password = PRODUCER;
  return url.href;
}

describeWithRabbit('a producer who passes for a node', (rabbit) => {
  describeWithNats('over every way in', (nats) => {
    const subject = `prices-${randomUUID()}`;
    let node: ChatProcess;
    let overRabbit: Producer;
    let overNats: NatsProducer;
    let alice: ChatStream;
    let bob: ChatStream;
    let browser: Client;

    beforeAll(async () => {
      node = await ChatProcess.start({
        HERMES_API_KEY: KEY,
        HERMES_AUTH_PROVIDERS: JWT_PROVIDERS,
        HERMES_DATA_DIR: emptyFolder(),
        HERMES_RABBITMQ_URI: rabbit().uri,
        HERMES_RABBITMQ_EXCHANGES: EXCHANGE,
        HERMES_NATS_URL: nats(),
        HERMES_NATS_SUBJECTS: subject,
      });
      overRabbit = await Producer.connect(await aUserOf(rabbit()));
      overNats = await NatsProducer.connect(nats());
      [alice, bob] = await Promise.all([node.join('alice'), node.join('bob')]);
      browser = await node.product.client();
      await browser.authorize(await tokenOf('alice'));
      await browser.subscribe('***');
    }, 120_000);

    afterAll(async () => {
      await Promise.all([overRabbit.close(), overNats.close(), node.kill()]);
      await rabbit().management.call('DELETE', `/api/users/${PRODUCER}`);
    });

    async function say(body: string): Promise<{ channelId: string; position: number }> {
      const { ack, error } = await alice.ask({ newMessage: { id: randomUUID(), body, recipient: 'bob' } });
      if (!ack) throw new Error(`${error?.code} ${error?.message}`);
      await waitFor('bob to be shown it', () => bob.all('message').some((message) => message.body === body));
      return ack;
    }

    const ways: readonly (readonly [string, string, Send])[] = [
      [
        'RabbitMQ, as a user who may write to one exchange',
        'rabbitmq',
        async ({ data, ...headers }) => {
          overRabbit.send(EXCHANGE, headers, JSON.stringify(data));
          await overRabbit.confirmed();
        },
      ],
      [
        'NATS',
        'nats',
        async ({ data, ...headers }) => {
          overNats.send(subject, headers, JSON.stringify(data));
          await overNats.confirmed();
        },
      ],
      [
        'NATS, in the header of the bus',
        'nats',
        async ({ data, ...headers }) => {
          overNats.send(subject, { 'Hermes-Event': JSON.stringify(headers), ...headers }, JSON.stringify(data));
          await overNats.confirmed();
        },
      ],
      [
        'HTTP',
        'http',
        async ({ data, channel, event_type: event, visibility, uuid: userId }) => {
          const body = JSON.stringify({ channel, event, visibility, data, ...(userId ? { userId } : {}) });
          const response = await post(node.product.url, KEY, body);
          expect(response.status).toBe(400);
          expect(await response.text()).toContain(`channel must not be ${channel}: this channel is Hermes's own`);
        },
      ],
    ];

    it.each(ways)('%s: is believed by nobody, and moves no cursor', async (_way, source, send) => {
      const fate = `hermes_events_total{source="${source}",fate="${source === 'http' ? 'bad_request' : 'reserved_name'}"}`;
      const before = (await node.product.metric(fate)) ?? 0;
      const { channelId, position } = await say(`before ${_way}`);
      const news = alice.events.length;
      const forged = forgeries(channelId, position + 1);
      for (const forgery of forged) await send(forgery);
      await waitFor('all of them to be refused', async () => {
        return ((await node.product.metric(fate)) ?? 0) === before + forged.length;
      });
      const bodies = [1, 2, 3].map((count) => `${count} after ${_way}`);
      for (const body of bodies) await say(body);

      const shown = alice.events.slice(news).filter(({ event }) => event !== 'ack');
      expect(shown.map(({ message }) => message?.body)).toEqual(bodies);
      const seen = await browser.soFar();
      const frames = seen.filter(({ event }) => event !== 'membership').map(({ data }) => JSON.stringify(data));
      expect(frames).toEqual([`before ${_way}`, ...bodies].map((body) => expect.stringContaining(body)));
    });
  });
});
