import { Logger } from '@nestjs/common';
import type { ChannelModel } from 'amqplib';
import { aBroadcast, arrived, consuming } from '../../support/describe-event-source.js';
import { describeWithRabbit } from '../../support/index.js';
import { Producer } from '../../support/rabbitmq/producer.js';
import { RabbitNode } from './rabbit-node.js';

Logger.overrideLogger(false);

const METHOD = 1;
const HEADER = 2;
const BODY = 3;

function frame(type: number, channel: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(7);
  head.writeUInt8(type, 0);
  head.writeUInt16BE(channel, 1);
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.from([0xce])]);
}

function short(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
}

/** The header `h`: arrays in arrays, or tables in tables, as they are on the wire. */
function nested(kind: 'A' | 'F', depth: number): Buffer {
  const parts: Buffer[] = [];
  let length = 0;
  for (let level = 0; level < depth; level++) {
    const head = Buffer.alloc(5);
    head.write(kind);
    head.writeUInt32BE(length, 1);
    const part = kind === 'F' && level < depth - 1 ? Buffer.concat([short('x'), head]) : head;
    parts.push(part);
    length += part.length;
  }
  return Buffer.concat([short('h'), ...parts.toReversed()]);
}

/** A publication by hand: the library cannot write it any more than it can read it. */
function publication(channel: number, exchange: string, headers: Buffer, body: string): Buffer {
  const publish = Buffer.concat([Buffer.from([0, 60, 0, 40, 0, 0]), short(exchange), short(''), Buffer.from([0])]);
  const properties = Buffer.alloc(18);
  properties.writeUInt16BE(60, 0);
  properties.writeUInt32BE(body.length, 8);
  properties.writeUInt16BE(0x2000, 12);
  properties.writeUInt32BE(headers.length, 14);
  const header = Buffer.concat([properties, headers]);
  return Buffer.concat([
    frame(METHOD, channel, publish),
    frame(HEADER, channel, header),
    frame(BODY, channel, Buffer.from(body)),
  ]);
}

describeWithRabbit('headers of RabbitMQ that are nested', (rabbit) => {
  let node: RabbitNode;
  let producer: Producer;

  beforeEach(async () => {
    node = new RabbitNode(rabbit().uri, { HERMES_RABBITMQ_EXCHANGES: 'news', HERMES_ROOMS_EXCHANGE: 'triggers' });
    node.source.start();
    await consuming(node.source);
    producer = await Producer.connect(rabbit().uri);
  });

  afterEach(async () => {
    await node.close();
    await producer.close();
  });

  function write(bytes: Buffer): void {
    const { connection } = producer.channel as unknown as ChannelModel;
    (connection as unknown as { readonly stream: NodeJS.WritableStream }).stream.write(bytes);
  }

  const channel = (): number => (producer.channel as unknown as { readonly ch: number }).ch;

  it.each([
    ['A', 24_000],
    ['F', 18_000],
    ['A', 6_000],
  ] as const)('%s in itself, %i times: cost that message alone', async (kind, depth) => {
    producer.send('news', aBroadcast('').headers, '1');
    write(publication(channel(), 'news', nested(kind, depth), '"nested"'));
    write(publication(channel(), 'triggers', nested(kind, depth), '{"rooms":[{}],"data":1}'));
    producer.send('news', aBroadcast('').headers, '2');
    await arrived(node.intake, 2);

    expect(node.intake.bodies).toEqual(['1', '2']);
    const refused = node.intake.rejections.map(({ reason }) => reason);
    expect(refused).toContain('bad_header');
    expect(node.source.stats).toMatchObject({ connects: 1, disconnects: 0 });
  });

  it('that can be read are of no interest', async () => {
    const known = Buffer.concat([short('event_type'), Buffer.from('S\0\0\0\x04made'), short('visibility')]);
    const headers = Buffer.concat([known, Buffer.from('S\0\0\0\x09broadcast'), nested('F', 1_000)]);
    write(publication(channel(), 'news', headers, '3'));
    await arrived(node.intake, 1);

    expect(node.intake.events[0]).toMatchObject({ channel: 'news', name: 'made' });
  });
});
