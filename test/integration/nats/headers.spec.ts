import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { consuming } from '../../support/describe-event-source.js';
import { describeWithNats, waitFor } from '../../support/index.js';
import { NatsProducer } from '../../support/nats/producer.js';
import { NatsNode } from './nats-node.js';

Logger.overrideLogger(false);

const EVENT = 'event_type: made\r\nvisibility: broadcast\r\n';

/** Publishes by hand: the client takes as long to write so many headers as it takes to read them. */
class HandWriter {
  private constructor(private readonly socket: Socket) {}

  static async connect(url: string): Promise<HandWriter> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'data');
    socket.write('CONNECT {"verbose":false,"pedantic":false,"headers":true}\r\n');
    return new HandWriter(socket);
  }

  publish(subject: string | Buffer, headers: string, body = '{}'): void {
    const block = Buffer.from(`NATS/1.0\r\n${headers}\r\n`);
    const total = block.length + body.length;
    this.socket.write(
      Buffer.concat([
        Buffer.from('HPUB '),
        Buffer.from(subject),
        Buffer.from(` ${block.length} ${total}\r\n`),
        block,
        Buffer.from(`${body}\r\n`),
      ]),
    );
  }

  close(): void {
    this.socket.destroy();
  }
}

function numbered(count: number, name = (n: number): string => `h${n}`): string {
  return Array.from({ length: count }, (_, n) => `${name(n)}: ${n}\r\n`).join('');
}

describeWithNats('headers of NATS', (url) => {
  let root: string;
  let node: NatsNode;
  let producer: NatsProducer;
  let writer: HandWriter;

  beforeEach(async () => {
    root = `headers-${randomUUID()}`;
    producer = await NatsProducer.connect(url());
    await producer.addStream(`S${root}`);
    node = new NatsNode(url(), { HERMES_NATS_SUBJECTS: `${root}.>`, HERMES_NATS_STREAMS: `S${root}` });
    node.source.start();
    await consuming(node.source);
    writer = await HandWriter.connect(url());
  });

  afterEach(async () => {
    writer.close();
    await node.close();
    await (await producer.streams()).streams.delete(`S${root}`);
    await producer.close();
  });

  /** @returns fates in the order of their coming */
  async function fatesOf(count: number): Promise<string[]> {
    await waitFor('the messages', () => node.intake.events.length + node.intake.rejections.length === count);
    return [...node.intake.events.map(() => 'accepted'), ...node.intake.rejections.map(({ reason }) => reason)];
  }

  it.each([
    ['of 60,000 names', 60_000, undefined],
    ['of one name', 60_000, (): string => 'h'],
    ['one more than there may be', 257 - 2, undefined],
  ])('are not read when they are too many: %s', async (_case, count, name) => {
    writer.publish(`${root}.a`, EVENT + numbered(count, name));

    expect(await fatesOf(1)).toEqual(['bad_header']);
    expect(node.intake.rejections[0]?.detail).toContain(`has ${count + 2} headers, the limit is 256`);
  });

  it('are not read from a stream either, which takes 64 KiB of them', async () => {
    writer.publish(`S${root}.a`, EVENT + numbered(5_000));

    expect(await fatesOf(1)).toEqual(['bad_header']);
  });

  it('are read when they are as many as there may be', async () => {
    writer.publish(`${root}.a`, EVENT + numbered(254));
    writer.publish(`S${root}.a`, EVENT + numbered(254), `[${'\n'.repeat(10_000)}]`);

    expect(await fatesOf(2)).toEqual(['accepted', 'accepted']);
  });

  it('are not counted in the payload', async () => {
    writer.publish(`${root}.a`, EVENT, `[${'\n'.repeat(10_000)}]`);

    expect(await fatesOf(1)).toEqual(['accepted']);
  });

  it('are too many also behind a subject that is no text', async () => {
    const subject = Buffer.concat([Buffer.from(`${root}.`), Buffer.alloc(1_000, 0xe4)]);
    writer.publish(subject, EVENT + numbered(60_000));

    expect(await fatesOf(1)).toEqual(['bad_header']);
  });
});
