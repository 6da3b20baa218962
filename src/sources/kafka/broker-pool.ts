import { Broker, type TopicLook } from './broker.js';
import type { KafkaConfig } from './kafka.config.js';

/** The brokers of the cluster: those it was configured with, and those it names itself. */
export class BrokerPool {
  readonly #brokers = new Map<string, Broker>();
  /** Address of each node of the cluster, as the cluster gave it last. */
  #nodes: ReadonlyMap<number, string> = new Map();
  #isClosed = false;
  #turn = Math.floor(Math.random() * 1_000);

  constructor(private readonly config: KafkaConfig) {}

  /** One to ask about the cluster: the same until it is dropped, then another. */
  any(): Broker {
    const addresses = [...new Set([...this.#nodes.values(), ...this.config.brokers])];
    return this.#at(addresses[this.#turn % addresses.length] ?? '');
  }

  /** @throws {Error} when the cluster has not named such a broker */
  node(id: number): Broker {
    const address = this.#nodes.get(id);
    if (address === undefined) throw new Error(`broker ${id} is not among those the cluster names`);
    return this.#at(address);
  }

  learn(brokers: TopicLook['brokers']): void {
    this.#nodes = new Map(brokers.map(({ nodeId, host, port }) => [nodeId, addressOf(host, port)]));
    const known = new Set([...this.#nodes.values(), ...this.config.brokers]);
    for (const [address, broker] of this.#brokers) if (!known.has(address)) this.drop(broker);
  }

  /** Ends its connections; the next who wants it gets a new one. */
  drop(broker: Broker): void {
    this.#turn++;
    if (this.#brokers.get(broker.address) === broker) this.#brokers.delete(broker.address);
    broker.close();
  }

  /** For good: whoever asks for a broker afterwards is refused. */
  close(): void {
    this.#isClosed = true;
    for (const broker of this.#brokers.values()) this.drop(broker);
  }

  #at(address: string): Broker {
    if (this.#isClosed) throw new Error('closed');
    let broker = this.#brokers.get(address);
    if (broker === undefined) this.#brokers.set(address, (broker = new Broker(address, this.config)));
    return broker;
  }
}

function addressOf(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
