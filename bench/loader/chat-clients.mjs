import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/*
 * Chat clients over gRPC, in a process of their own. It takes orders as lines of JSON, `{ order, … }`, and answers each with one line.
 * What is sent carries the time in its body, of the clock that it is compared with when it comes back.
 */

const PROTO = fileURLToPath(new URL('../../libs/protocol/chat.proto', import.meta.url));
const { hermes } = grpc.loadPackageDefinition(loadSync(PROTO, { longs: Number, enums: String, oneofs: true }));
/** Streams that share a connection; the server takes a hundred calls on each. */
const STREAMS = 90;

class Clients {
  #address;
  #connections = [];
  #streams = [];
  #seen = fresh();
  #nextId = 0;
  #waiting = new Map();
  #done = () => undefined;

  /** Opens a stream for each of `count` users, `user-0` and on; each listens from now on. */
  async open({ address, count, from = 0 }) {
    this.#address = address;
    const opened = Array.from({ length: count }, (_, n) => this.#stream(from + n));
    this.#streams = await Promise.all(opened);
    return {};
  }

  /** Makes a channel by user 0 with everybody in it. */
  async create({ type, count }) {
    const members = Array.from({ length: count - 1 }, (_, n) => ({ userId: `user-${n + 1}` }));
    const first = members.slice(0, 999);
    const { id } = await call(this.#connection(0), 'CreateChannel', { type, name: 'bench', members: first }, 0);
    if (members.length > 999) {
      await call(this.#connection(0), 'AddMembers', { channelId: id, members: members.slice(999) }, 0);
    }
    return { id };
  }

  /** Every other user sends to the next one, `window` at a time, until `count` are acknowledged and delivered to both. */
  async send({ count, window, size }) {
    const senders = this.#streams.filter((_, n) => n % 2 === 0);
    let left = count;
    const next = (n) => {
      if (left-- > 0) this.#say(senders[n], { recipient: `user-${2 * n + 1}`, body: stamped(size) }, () => next(n));
    };
    return this.#until({ acks: count, deliveries: 2 * count }, () => {
      for (let n = 0; n < senders.length; n++) for (let i = 0; i < window; i++) next(n);
    });
  }

  /** User 0 sends to a channel, `rate` a second. */
  async pace({ channel, count, rate, size, reach }) {
    return this.#until({ acks: count, deliveries: count * reach }, () => {
      let sent = 0;
      const timer = setInterval(() => {
        this.#say(this.#streams[0], { channelId: channel, body: stamped(size) }, () => undefined);
        if (++sent === count) clearInterval(timer);
      }, 1_000 / rate);
    });
  }

  async #until({ acks, deliveries }, begin) {
    this.#seen = fresh();
    const before = process.cpuUsage();
    const began = process.hrtime.bigint();
    await new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`only ${this.#seen.acks} acks, ${this.#seen.latencies.length} deliveries`)),
        60_000,
      );
      this.#done = () => {
        if (this.#seen.acks < acks || this.#seen.latencies.length < deliveries) return;
        clearTimeout(timer);
        resolve();
      };
      begin();
    });
    const wall = Number(process.hrtime.bigint() - began);
    const { user, system } = process.cpuUsage(before);
    const { latencies, ackTimes } = this.#seen;
    return {
      wall,
      acked: ackTimes.length,
      deliveries: latencies.length,
      ...percentiles(latencies),
      ack50: percentiles(ackTimes).p50,
      ack99: percentiles(ackTimes).p99,
      loader: ((user + system) * 1_000) / wall,
    };
  }

  #say(stream, message, acknowledged) {
    const id = `m${this.#nextId++}`;
    this.#waiting.set(id, { acknowledged, at: process.hrtime.bigint() });
    stream.write({ ref: id, newMessage: { id, ...message } });
  }

  #connection(n) {
    const index = Math.floor(n / STREAMS);
    return (this.#connections[index] ??= new hermes.chat.v1.Chat(this.#address, grpc.credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    }));
  }

  #stream(user) {
    const stream = this.#connection(user).EventBuff(tokenOf(user));
    return new Promise((resolve, reject) => {
      stream.on('error', (error) => {
        reject(error);
        console.error(`chat-clients: ${error.message}`);
      });
      stream.on('data', (event) => {
        if (event.message) this.#delivered(event.message);
        else if (event.ack) this.#acknowledged(event.ack.ref);
        else if (event.joined) resolve(stream);
        else if (event.error) console.error(`chat-clients: ${event.error.code} ${event.error.message}`);
      });
      stream.write({ ref: 'join', join: {} });
    });
  }

  #delivered({ body }) {
    this.#seen.latencies.push(since(BigInt(body.slice(0, body.indexOf(' ')))));
    this.#done();
  }

  #acknowledged(ref) {
    const waiting = this.#waiting.get(ref);
    if (waiting === undefined) return;
    this.#waiting.delete(ref);
    this.#seen.acks++;
    this.#seen.ackTimes.push(since(waiting.at));
    waiting.acknowledged();
    this.#done();
  }
}

function fresh() {
  return { acks: 0, ackTimes: [], latencies: [] };
}

/** Milliseconds. */
function since(at) {
  return Number(process.hrtime.bigint() - at) / 1e6;
}

function stamped(size) {
  return `${process.hrtime.bigint()} `.padEnd(size, 'abcdefghijklmnopqrstuvwxyz0123456789');
}

function percentiles(values) {
  const sorted = Float64Array.from(values).toSorted();
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}

function tokenOf(user) {
  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer user-${user}`);
  return metadata;
}

function call(client, method, request, user) {
  return new Promise((resolve, reject) => {
    client[method](request, tokenOf(user), (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

const clients = new Clients();
for await (const line of createInterface({ input: process.stdin })) {
  const { order, ...details } = JSON.parse(line);
  try {
    console.log(JSON.stringify(await clients[order](details)));
  } catch (error) {
    console.log(JSON.stringify({ error: error.message }));
  }
}
process.exit(0);
