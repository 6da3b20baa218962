import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ATTACKS } from '../attacks/index.mjs';
import { Bystander } from '../attacks/bystander.mjs';
import { freePort } from '../machine/free-port.mjs';
import { API_KEY } from '../rivals/hermes.mjs';
import { withServer } from './stage.mjs';

/** Milliseconds that an attack has after its last byte to show what it holds. */
const AFTERMATH = 1_000;

/** What strangers can buy, and for how many bytes. */
export default {
  name: 'attacks',
  title: 'what strangers send, what it costs the server, and what a bystander at another address notices',
  rivals: ['hermes'],
  variants: ATTACKS.map(({ name }) => name),
  columns: [
    { key: 'cpu', title: 'CPU ms', digits: 0, ratio: true },
    { key: 'grown', title: 'grown MiB', digits: 0 },
    { key: 'held', title: 'descriptors held', digits: 0 },
    { key: 'longest', title: 'bystander waits ms', digits: 0 },
    { key: 'sent', title: 'sent KiB', digits: 1 },
  ],

  async measure(rival, tools, variant) {
    const attack = ATTACKS.find(({ name }) => name === variant);
    const folder = mkdtempSync(join(tmpdir(), 'hermes-attack-'));
    const grpcPort = await freePort();
    const env = { HERMES_RABBITMQ_URI: '', HERMES_RABBITMQ_EXCHANGES: '', ...attack.env?.({ folder, grpcPort }) };
    try {
      return await withServer(rival, tools, env, () => observe(rival, attack, grpcPort));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function observe(rival, attack, grpcPort) {
  const target = { host: '127.0.0.1', port: rival.port, grpcPort, key: API_KEY };
  await attack.prepare?.(target);
  const bystander = new Bystander();
  await bystander.open(target);
  await pause(500);
  const before = descriptorsOf(rival.server.pid);
  const { result, cpu, grown } = await rival.watch(async () => {
    const bought = await attack.run(target);
    await pause(AFTERMATH);
    return bought;
  });
  const held = descriptorsOf(rival.server.pid) - before;
  const longest = bystander.close();
  result.close?.();
  return { cpu: cpu / 1e6, grown: grown / 1024 ** 2, held, longest, sent: result.sent / 1024, loader: 0 };
}

function descriptorsOf(pid) {
  return readdirSync(`/proc/${pid}/fd`).length;
}
