import type { Connection } from '@platformatic/kafka';
import { isIP } from 'node:net';
import { readTlsFiles } from '../../config/index.js';
import { loadClient, type Client } from './client.js';
import type { KafkaConfig } from './kafka.config.js';

export interface LineSettings {
  readonly config: KafkaConfig;
  /** How long a connection may take to be there. */
  readonly connectTimeout: number;
  readonly requestTimeout: number;
}

interface Api<Question extends unknown[], Answer> {
  async(connection: Connection, ...question: Question): Promise<Answer>;
}

/** One connection to a broker, opened when it is first needed, and never again once it has ended. */
export class Line {
  #connection: Connection | undefined;
  #opening: Promise<Connection> | undefined;
  #isClosed = false;

  constructor(
    private readonly address: string,
    private readonly settings: LineSettings,
  ) {}

  /**
   * @returns the answer, which bears the errors of topics and partitions
   * @throws {Error} when there is trouble with the connection
   */
  async ask<Question extends unknown[], Answer>(api: Api<Question, Answer>, ...question: Question): Promise<Answer> {
    const { ResponseError, Connection } = await loadClient();
    try {
      return await api.async(await (this.#opening ??= this.#open(Connection)), ...question);
    } catch (error) {
      if (error instanceof ResponseError) return error['response'] as Answer;
      throw error;
    }
  }

  /** Ends the connection at once; whatever is still asked ends in an error. */
  close(): void {
    this.#isClosed = true;
    const connection = this.#connection;
    connection?.close(() => undefined);
    // There is none before the library has begun to connect, whatever its type says.
    (connection?.socket as Connection['socket'] | undefined)?.destroy();
  }

  async #open(Connection: Client['Connection']): Promise<Connection> {
    if (this.#isClosed) throw new Error('closed');
    const { host, port } = hostAndPort(this.address);
    const connection = (this.#connection = new Connection(this.settings.config.clientId, this.#options(host)));
    // Whoever waits for an answer hears of it; an error without any listener would end the process.
    connection.on('error', () => undefined);
    // By callback: the promise that it gives otherwise is made in a way that Node 20 does not have.
    await new Promise<void>((resolve, reject) => {
      connection.connect(host, port, (error) => (error ? reject(error) : resolve()));
    });
    connection.socket.setKeepAlive(true, 30_000);
    return connection;
  }

  #options(host: string): ConstructorParameters<Client['Connection']>[1] {
    const { config, connectTimeout, requestTimeout } = this.settings;
    const { ssl, tls, mechanism, username, password } = config;
    return {
      connectTimeout,
      requestTimeout,
      ...(ssl ? { tls: readTlsFiles(tls), tlsServerName: isIP(host) === 0 } : {}),
      ...(username === '' ? {} : { sasl: { mechanism: MECHANISMS[mechanism] ?? 'PLAIN', username, password } }),
    };
  }
}

const MECHANISMS: Readonly<Record<string, 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'>> = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
};

function hostAndPort(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replaceAll(/[[\]]/g, ''), port: Number(address.slice(colon + 1)) };
}
