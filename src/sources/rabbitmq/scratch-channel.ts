import { connect, type Channel, type ChannelModel } from 'amqplib';
import { settled, within } from '../index.js';
import { Refusal, refusalOr, sentenceOf } from './fault.js';
import type { RabbitMqConfig } from './rabbitmq.config.js';
import { serverAddressOf, socketOptions } from './server-address.js';

const TIMEOUT = 10_000;

/** Channels for requests the broker may refuse: a refusal closes the channel, and nothing else must be on it. */
export class ScratchChannel {
  #channel: Channel | undefined;

  constructor(private readonly connection: ChannelModel) {}

  /** Runs the request; after a refusal the next one gets a new channel. @throws {Refusal} when the broker says no */
  async run<T>(request: (channel: Channel) => Promise<T>): Promise<T> {
    const channel = (this.#channel ??= await openChannel(this.connection));
    try {
      return await request(channel);
    } catch (error) {
      this.#channel = undefined;
      throw refusalOr(error);
    }
  }

  async close(): Promise<void> {
    if (this.#channel) await settled(TIMEOUT, this.#channel.close());
    this.#channel = undefined;
  }
}

/** Every channel has a listener for its errors from the start: without one an error ends the process. */
export async function openChannel(connection: ChannelModel): Promise<Channel> {
  const channel = await connection.createChannel();
  return channel.on('error', () => undefined);
}

/**
 * Runs a request that the broker may answer by closing the whole connection, on a connection of its own.
 *
 * @throws {Refusal} with what the broker answered, or why none of the URIs could be reached
 */
export async function runApart(config: RabbitMqConfig, request: (channel: Channel) => Promise<unknown>): Promise<void> {
  let refusal: unknown;
  const connection = await connectToAny(config);
  connection.on('error', (error) => (refusal = error));
  try {
    await within(TIMEOUT, 'no answer', openChannel(connection).then(request));
  } catch (error) {
    // The request only learns that its channel ended; the connection is told why.
    throw new Refusal(sentenceOf(refusal ?? error), undefined);
  } finally {
    await settled(TIMEOUT, connection.close());
  }
}

async function connectToAny(config: RabbitMqConfig): Promise<ChannelModel> {
  const faults: string[] = [];
  for (const uri of config.uris) {
    try {
      return await connect(serverAddressOf(uri).server, socketOptions(config));
    } catch (error) {
      faults.push(sentenceOf(error));
    }
  }
  throw new Refusal(faults.join(', '), undefined);
}
