import { randomUUID } from 'node:crypto';
import { Producer as KafkaProducer } from '../kafka/producer.js';
import { NatsProducer } from '../nats/producer.js';
import { Producer as RabbitProducer } from '../rabbitmq/producer.js';
import type { Publication } from '../hermes/node.js';
import type { Product } from '../hermes/product.js';
import type { Services } from '../services/describe-with-what-there-is.js';

/** A way by which events come in. */
export interface Source {
  readonly name: string;
  /** Resolves when whoever carries them has them all. */
  publish(events: readonly Publication[]): Promise<void>;
}

export interface Trigger {
  readonly rooms: readonly unknown[];
  readonly data: unknown;
}

/** A way by which triggers for rooms come in. */
export interface TriggerSource {
  readonly name: string;
  push(triggers: readonly Trigger[]): Promise<void>;
}

interface Broker {
  /** What a product has to be told to listen to it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly sources: readonly Source[];
  readonly triggers: readonly TriggerSource[];
  close(): Promise<void>;
}

/** All that can be had here, with names of their own for what is in them. */
export async function brokersOf({ rabbit, nats, kafka }: Services): Promise<readonly Broker[]> {
  return Promise.all([
    ...(rabbit === undefined ? [] : [rabbitBroker(rabbit().uri)]),
    ...(nats === undefined ? [] : [natsBroker(nats())]),
    ...(kafka === undefined ? [] : [kafkaBroker(kafka())]),
  ]);
}

async function rabbitBroker(uri: string): Promise<Broker> {
  const producer = await RabbitProducer.connect(uri);
  const environment = {
    HERMES_RABBITMQ_URI: uri,
    HERMES_RABBITMQ_EXCHANGES: 'everything',
    HERMES_ROOMS_EXCHANGE: 'hightemplar',
  };
  const source: Source = {
    name: 'RabbitMQ',
    publish: async (events) => {
      for (const event of events) producer.send('everything', headersOf(event), JSON.stringify(event.data));
      await producer.confirmed();
    },
  };
  const trigger: TriggerSource = {
    name: 'RabbitMQ',
    push: async (triggers) => {
      for (const one of triggers) producer.send('hightemplar', {}, JSON.stringify(one), '*');
      await producer.confirmed();
    },
  };
  return { environment, sources: [source], triggers: [trigger], close: () => producer.close() };
}

async function natsBroker(url: string): Promise<Broker> {
  const producer = await NatsProducer.connect(url);
  const subject = `everything-${randomUUID()}`;
  const stream = `everything-${randomUUID()}`;
  await producer.addStream(stream);
  const core: Source = {
    name: 'NATS',
    publish: async (events) => {
      for (const event of events) producer.send(subject, headersOf(event), JSON.stringify(event.data));
      await producer.confirmed();
    },
  };
  const jetStream: Source = {
    name: 'JetStream',
    publish: async (events) => {
      for (const event of events) await producer.store(`${stream}.all`, headersOf(event), JSON.stringify(event.data));
    },
  };
  return {
    environment: { HERMES_NATS_URL: url, HERMES_NATS_SUBJECTS: subject, HERMES_NATS_STREAMS: stream },
    sources: [core, jetStream],
    triggers: [],
    close: () => producer.close(),
  };
}

async function kafkaBroker(brokers: string): Promise<Broker> {
  const producer = await KafkaProducer.connect(brokers);
  const topic = await producer.topic('everything');
  const source: Source = {
    name: 'Kafka',
    publish: (events) =>
      producer.send(topic, ...events.map((one) => ({ headers: headersOf(one), value: JSON.stringify(one.data) }))),
  };
  const environment = { HERMES_KAFKA_BROKERS: brokers, HERMES_KAFKA_TOPICS: topic };
  return { environment, sources: [source], triggers: [], close: () => producer.close() };
}

export function httpSource(product: Product, key: string): Source & TriggerSource {
  return {
    name: 'HTTP',
    publish: (events) => product.publish(key, ...events),
    push: async (triggers) => {
      for (const one of triggers) await postTrigger(product.url, key, one);
    },
  };
}

async function postTrigger(url: string, key: string, trigger: Trigger): Promise<void> {
  const response = await fetch(`${url}/trigger/`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(trigger),
  });
  if (response.status !== 200) throw new Error(`trigger: ${response.status} ${await response.text()}`);
}

function headersOf({ channel, event, visibility, userId, role }: Publication): Record<string, string> {
  const headers = { channel, event_type: event, visibility, uuid: userId, role };
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
