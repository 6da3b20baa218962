import { createInbox, type MsgHdrs, type NatsConnection as Connection } from '@nats-io/transport-node';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HermesEvent } from '../../delivery/index.js';
import { MAY_COME } from '../index.js';
import { busHeaders } from './bus-header.js';
import { sentenceOf } from './fault.js';
import { BUS_SUBJECT } from './subject.js';

const DEFAULT_MAX_PAYLOAD = 1024 ** 2;

interface Outgoing {
  readonly payload: Buffer;
  readonly headers: MsgHdrs;
  readonly bytes: number;
}

/** Publishes events over one life of a connection, and finds out what became of them. */
export class Publisher {
  /** Bytes that the server has not confirmed yet. */
  #unconfirmed = 0;
  #sequence = 0;
  #refusals = 0;
  #refusal = '';
  readonly #inbox = createInbox();
  readonly #unheard = new Set<string>();

  constructor(private readonly connection: Connection) {
    // The server answers here when nobody listens to the subject of a message.
    connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (!error) this.#unheard.add(message.subject);
      },
    });
    void this.#watch();
  }

  get unconfirmed(): number {
    return this.#unconfirmed;
  }

  /** Resolves when the server has all of them. @throws when it has not, or may not have, or no node is listening */
  async publish(events: readonly HermesEvent[]): Promise<void> {
    const outgoing = events.map(outgoingOf);
    this.#measure(outgoing);
    const total = outgoing.reduce((sum, { bytes }) => sum + bytes, 0);
    const { refusals, reply } = { refusals: this.#refusals, reply: `${this.#inbox}.${++this.#sequence}` };
    this.#unconfirmed += total;
    try {
      for (const { payload, headers } of outgoing) {
        this.connection.publish(BUS_SUBJECT, payload, { headers, reply });
      }
      await this.#confirmed();
    } finally {
      this.#unconfirmed -= total;
    }
    if (this.#unheard.delete(reply)) throw new Error('no node is listening');
    if (this.#refusals !== refusals) throw new Error(this.#refusal);
  }

  /** All or none: one that the server would refuse must not be found out half-way. */
  #measure(outgoing: readonly Outgoing[]): void {
    const limit = this.connection.info?.max_payload ?? DEFAULT_MAX_PAYLOAD;
    const largest = outgoing.reduce((most, { bytes }) => Math.max(most, bytes), 0);
    if (largest > limit) {
      throw new Error(`an event of ${largest} bytes, headers included; the server takes ${limit} (max_payload)`);
    }
  }

  async #confirmed(): Promise<void> {
    // A connection that ends leaves the flush unanswered.
    const ended = this.connection.closed().then((error) => {
      const reason = error ? sentenceOf(error) : 'the connection to the server was closed';
      throw new Error(`${reason}; ${MAY_COME}`);
    });
    await Promise.race([this.connection.flush(), ended]);
    // A refusal precedes the answer to the flush, but is handed on a little later.
    await nextTurn();
  }

  async #watch(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type !== 'error') continue;
      this.#refusals++;
      this.#refusal = sentenceOf(status.error);
    }
  }
}

function outgoingOf(event: HermesEvent): Outgoing {
  const { payload } = event;
  const headers = busHeaders(event);
  return { payload, headers, bytes: payload.length + encodedLength(headers) };
}

/** As it is on the wire: a status line, a line for each header, an empty line. */
function encodedLength(headers: MsgHdrs): number {
  let length = Buffer.byteLength('NATS/1.0\r\n\r\n');
  for (const [key, values] of headers) {
    for (const value of values) length += Buffer.byteLength(`${key}: ${value}\r\n`);
  }
  return length;
}
