import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accepts, freePort } from '../machine/free-port.mjs';
import { provide } from '../machine/install.mjs';
import { TcpPublisher } from '../sources/tcp-publisher.mjs';
import { Rival } from './rival.mjs';

const [CONNECT, PUBLISH, SUBSCRIBE] = [0x10, 0x30, 0x82];
const BINARY = 2;

/** Mosquitto with its WebSocket listener, MQTT 3.1.1 at quality of service 0; published to over TCP. */
export class Mosquitto extends Rival {
  name = 'mosquitto';
  front = 'MQTT over TCP';
  #program;
  #tcp;
  #port;

  absent() {
    const { path, absent } = provide('mosquitto', { packages: ['mosquitto'] });
    this.#program = path;
    return absent;
  }

  async start() {
    this.#tcp = await freePort();
    this.#port = await freePort();
    const file = join(process.env.TEST_RUN_DIRECTORY, `mosquitto-${this.#port}.conf`);
    const lines = [
      `listener ${this.#tcp} 127.0.0.1`,
      `listener ${this.#port} 127.0.0.1`,
      'protocol websockets',
      'allow_anonymous true',
      'set_tcp_nodelay true',
      // Without these it drops what a burst brings faster than it writes.
      'max_queued_messages 0',
      'user root',
      '',
    ];
    writeFileSync(file, lines.join('\n'));
    await this.run(this.#program, ['-c', file]).until(() => accepts(this.#port));
  }

  clients(...channels) {
    const filters = channels.flatMap((channel) => [...text(channel), 0]);
    const steps = [
      { send: connectPacket(''), expect: Buffer.from([0x20, 0x02]), opcode: BINARY },
      { send: packet(SUBSCRIBE, [0, 1, ...filters]), expect: Buffer.from([0x90]), opcode: BINARY },
    ];
    return { port: this.#port, path: '/mqtt', headers: 'Sec-WebSocket-Protocol: mqtt\r\n', steps };
  }

  publisher() {
    return TcpPublisher.open(this.#tcp, connectPacket('publisher'), ({ channel, payload }) =>
      packet(PUBLISH, [...text(channel), ...Buffer.from(payload)]),
    );
  }
}

/** With an empty name the broker gives each client one of its own. */
function connectPacket(client) {
  return packet(CONNECT, [...text('MQTT'), 4, 0x02, 0, 0, ...text(client)]);
}

function packet(kind, body) {
  const length = [];
  for (let rest = body.length; ; rest >>= 7) {
    length.push((rest & 127) | (rest > 127 ? 128 : 0));
    if (rest <= 127) break;
  }
  return Buffer.from([kind, ...length, ...body]);
}

function text(value) {
  const bytes = Buffer.from(value);
  return [bytes.length >> 8, bytes.length & 255, ...bytes];
}
