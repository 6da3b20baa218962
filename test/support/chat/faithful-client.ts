import { setTimeout as pause } from 'node:timers/promises';
import type { ServerEvent } from '@hermes/protocol';
import { ChatClient, type ChatStream } from '../grpc/chat-client.js';

/** Milliseconds between two tries to get in, and until an answer is given up. */
const RETRY = 100;
const PATIENCE = 3_000;

/** What one member has seen of a channel, in the order in which it came. */
export interface Seen {
  readonly position: number;
  readonly id: string;
}

/**
 * A client that does what a good one does: it keeps one position a channel, comes back to any node that answers, names its
 * positions there, and sends a message again, with the same id, until it is acknowledged.
 */
export class FaithfulClient {
  /** Messages by channel, doubles included if there were any. */
  readonly seen = new Map<string, Seen[]>();
  /** Positions of the messages that were acknowledged, by their id. */
  readonly acknowledged = new Map<string, number>();
  /** How often it has got in. */
  connections = 0;
  readonly #positions = new Map<string, number>();
  #stream: ChatStream | undefined;
  #stopped = false;
  readonly #running: Promise<void>;

  /** @param addresses of nodes that may be up, asked anew for each try */
  constructor(
    readonly userId: string,
    private readonly token: string,
    private readonly addresses: () => readonly string[],
  ) {
    this.#running = this.#run();
  }

  /** Resolves when the message is acknowledged, however often it must be sent. */
  async send(channelId: string, id: string): Promise<void> {
    while (!this.#stopped && !this.acknowledged.has(id)) {
      const stream = this.#stream;
      if (stream === undefined) {
        await pause(RETRY);
        continue;
      }
      stream.send({ ref: id, newMessage: { id, channelId, body: `body of ${id}` } });
      await this.#answer(stream, id);
    }
  }

  /** Ids of the messages of a channel, as they came. */
  idsIn(channelId: string): string[] {
    return (this.seen.get(channelId) ?? []).map(({ id }) => id);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#stream?.cancel();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let attempt = this.userId.length; !this.#stopped; attempt++) {
      const addresses = this.addresses();
      const address = addresses[attempt % addresses.length];
      if (address !== undefined) await this.#live(address);
      await pause(RETRY);
    }
  }

  async #live(address: string): Promise<void> {
    const client = new ChatClient(address, this.token);
    const stream = client.open({ deadline: Date.now() + 3_600_000 });
    stream.call.on('data', (event: ServerEvent) => this.#take(event, stream));
    const channels = [...this.#positions].map(([channelId, position]) => ({ channelId, position }));
    stream.send({ ref: 'resume', resume: { channels } });
    await stream.ended;
    this.#stream = undefined;
    client.close();
  }

  #take({ message, changed, membership, ack, resumed }: ServerEvent, stream: ChatStream): void {
    const entry = message ?? changed ?? membership;
    if (entry) this.#positions.set(entry.channelId, entry.position);
    if (message) {
      const seen = this.seen.get(message.channelId) ?? [];
      seen.push({ position: message.position, id: message.id });
      this.seen.set(message.channelId, seen);
    }
    if (ack) this.acknowledged.set(ack.id, ack.position);
    if (resumed) {
      this.connections++;
      this.#stream = stream;
    }
  }

  /** Waits for the ack, an error, the end of the stream, or long enough. */
  async #answer(stream: ChatStream, id: string): Promise<void> {
    const until = Date.now() + PATIENCE;
    const isRefused = ({ error }: ServerEvent): boolean => error?.ref === id;
    while (Date.now() < until && this.#stream === stream && !this.acknowledged.has(id)) {
      if (stream.events.findLast(isRefused)) {
        stream.events.length = 0;
        await pause(RETRY);
        return;
      }
      await pause(5);
    }
  }
}
