import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { Hermes } from './hermes.mjs';

/*
 * Hermes again, in its other dialects: the same product and the same work, told to clients in other words.
 */

export class HermesTopics extends Hermes {
  clients(...topics) {
    const steps = topics.map((topic) => ({ send: { type: 'subscribe', topic }, expect: 'ack_subscribe' }));
    return { port: this.port, path: '/_ws/topics', steps: steps.map(written) };
  }
}

export class HermesRooms extends Hermes {
  #backEnd;

  async start(tools) {
    this.#backEnd = await answering({ allowed_rooms: [{ channel: '*' }] });
    const env = { HERMES_ROOMS_API_URL: `${this.#backEnd.url}/`, HERMES_ROOMS_EXCHANGE: TRIGGERS };
    return super.start({ ...tools, env: { ...tools.env, ...env } });
  }

  async stop() {
    await super.stop();
    this.#backEnd?.server.close();
  }

  clients(...channels) {
    const steps = channels.map((channel, index) => ({
      send: { type: 'subscribe', room: { channel }, requestId: index },
      expect: '"success"',
    }));
    return { port: this.port, path: '/_ws/rooms', steps: steps.map(written) };
  }

  publisher() {
    return TriggerPublisher.open(this.uri);
  }
}

export class HermesCommands extends Hermes {
  #backEnd;

  async start(tools) {
    this.#backEnd = await answering({});
    const file = join(process.env.TEST_RUN_DIRECTORY, 'commands.json');
    writeFileSync(file, JSON.stringify({ commands: { getPrices: livePrices(this.#backEnd.url) } }));
    return super.start({ ...tools, env: { ...tools.env, HERMES_COMMANDS_FILE: file } });
  }

  async stop() {
    await super.stop();
    this.#backEnd?.server.close();
  }

  clients(...channels) {
    const steps = channels.map((channel, index) => ({
      send: { rid: index + 1, command: 'getPrices', options: { where: { channel } } },
      expect: '"status":"ok"',
    }));
    return { port: this.port, path: '/_ws/commands', steps: steps.map(written) };
  }

  async publisher() {
    return new FeedPublisher(await super.publisher());
  }
}

/** What the back end of high-templar publishes. */
class TriggerPublisher {
  #connection;
  #channel;

  static async open(uri) {
    const publisher = new TriggerPublisher();
    publisher.#connection = await connect(uri, { noDelay: true });
    publisher.#channel = await publisher.#connection.createChannel();
    return publisher;
  }

  publish({ channel, payload }) {
    const body = `{"rooms":[{"channel":${JSON.stringify(channel)}}],"data":${payload}}`;
    return this.#channel.publish(TRIGGERS, '*', Buffer.from(body));
  }

  drained() {
    return once(this.#channel, 'drain');
  }

  async close() {
    await this.#connection.close();
  }
}

/** Tells the feed of live queries what is new. */
class FeedPublisher {
  constructor(amqp) {
    this.amqp = amqp;
  }

  publish({ channel, payload }) {
    const document = `{"subscriptions":["${queryOf(channel)}"],"data":${payload}}`;
    const message = `{"type":"update_subscription","document":${document}}`;
    return this.amqp.publish({ channel: 'wss', event: 'update_subscription', payload: message });
  }

  drained() {
    return this.amqp.drained();
  }

  close() {
    return this.amqp.close();
  }
}

const TRIGGERS = 'hightemplar';

function livePrices(url) {
  const where = { type: 'object', required: true, fields: { channel: { type: 'string', required: true } } };
  return {
    options: { where },
    request: { url: `${url}/prices` },
    subscribe: { resource: 'price', where: { channel: '{options.where.channel}' } },
  };
}

function queryOf(channel) {
  const query = { resource: 'price', where: { channel } };
  return createHash('md5').update(JSON.stringify(query)).digest('hex');
}

async function answering(body) {
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(body));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, url: `http://127.0.0.1:${server.address().port}` };
}

function written({ send, expect }) {
  return { send: JSON.stringify(send), expect };
}
