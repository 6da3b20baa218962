import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { describeEventSource, type EventSourceBench } from '../../support/describe-event-source.js';
import { describeWithNats, waitFor } from '../../support/index.js';
import type { RecordingIntake } from '../../support/recording-intake.js';
import { NatsNode } from './nats-node.js';
import { NatsProducer } from '../../support/nats/producer.js';
import { Relay } from './relay.js';

Logger.overrideLogger(false);

/** What is fetched at once to begin with, of messages that may be as large as the server takes (fetch-size.ts). */
const FIRST_FETCH = 16;

describeWithNats('NATS', (url) => {
  interface Way {
    readonly channel: string;
    readonly settings: Readonly<Record<string, string>>;
    /** Messages the source may be sent while it is paused. */
    readonly room: number;
    prepare(producer: NatsProducer): Promise<void>;
    /** Resolves when the server has the last message, sent behind all others. */
    settle(producer: NatsProducer): Promise<void>;
    clear(producer: NatsProducer): Promise<void>;
  }

  async function open(way: Way, intake: RecordingIntake): Promise<EventSourceBench> {
    const producer = await NatsProducer.connect(url());
    await way.prepare(producer);
    const relay = await Relay.open(url());
    const node = new NatsNode(relay.url, way.settings, intake);
    return {
      source: node.source,
      channel: way.channel,
      moreThanHeld: 1_500,
      publish: async (messages) => {
        for (const { headers, body } of messages) producer.send(way.channel, headers, body);
        await way.settle(producer);
      },
      held: async (count) => {
        const expected = Math.min(count, way.room);
        await waitFor('the messages to have been sent to the source', () => relay.delivered >= expected);
      },
      cut: async () => relay.cut(),
      close: async () => {
        await node.close();
        await way.clear(producer);
        relay.close();
        await producer.close();
      },
    };
  }

  describeEventSource('a core subject', (intake) => {
    const subject = `core-${randomUUID()}`;
    const way: Way = {
      channel: subject,
      settings: { HERMES_NATS_SUBJECTS: subject },
      room: Number.POSITIVE_INFINITY,
      prepare: () => Promise.resolve(),
      settle: (producer) => producer.confirmed(),
      clear: () => Promise.resolve(),
    };
    return open(way, intake);
  });

  describeEventSource('a stream', (intake) => {
    const stream = `stream-${randomUUID()}`;
    const way: Way = {
      channel: `${stream}.a`,
      settings: { HERMES_NATS_STREAMS: `${stream}:${stream}.a` },
      room: FIRST_FETCH - 1,
      prepare: (producer) => producer.addStream(stream),
      settle: (producer) => producer.store(`${stream}.behind`, {}, 'the stream has all that was sent before this'),
      clear: async (producer) => {
        const manager = await producer.streams();
        await manager.streams.delete(stream);
      },
    };
    return open(way, intake);
  });
});
