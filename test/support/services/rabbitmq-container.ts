import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from '../wait-for.js';
import type { BrokerPorts, RabbitBroker } from './rabbitmq-broker.js';
import { RabbitManagement } from './rabbitmq-management.js';
import { runDirectory, writeWhole } from './run-directory.js';

/** The same broker in a container, for machines on which it cannot be installed. */
export class RabbitContainer implements RabbitBroker {
  readonly uri: string;
  readonly managementUrl: string;
  readonly management: RabbitManagement;
  readonly #name = `hermes-test-${randomUUID()}`;
  #created = false;

  constructor(
    private readonly engine: string,
    private readonly image: string,
    private readonly ports: BrokerPorts,
  ) {
    this.uri = `amqp://guest:guest@127.0.0.1:${ports.amqp}`;
    this.managementUrl = `http://guest:guest@127.0.0.1:${ports.management}`;
    this.management = new RabbitManagement(this.managementUrl);
  }

  async start(): Promise<void> {
    if (!this.#created) await this.#create();
    await this.#engine('start', this.#name);
    await waitFor('RabbitMQ to answer', () => this.management.answers(), { timeout: 180_000, interval: 100 });
  }

  async kill(): Promise<void> {
    if (this.#created) await this.#engine('kill', this.#name);
  }

  async stop(): Promise<void> {
    await this.#engine('rm', '--force', this.#name);
    this.#created = false;
  }

  control(...args: readonly string[]): Promise<string> {
    return this.#engine('exec', this.#name, 'rabbitmqctl', '--quiet', ...args);
  }

  async #create(): Promise<void> {
    const record = { engine: this.engine, container: this.#name };
    writeWhole(join(runDirectory(), 'owned', `${this.#name}.json`), record);
    await this.#engine(
      'create',
      `--name=${this.#name}`,
      `--publish=127.0.0.1:${this.ports.amqp}:5672`,
      `--publish=127.0.0.1:${this.ports.management}:15672`,
      this.image,
    );
    this.#created = true;
  }

  async #engine(...args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(this.engine, [...args]);
    return stdout;
  }
}
