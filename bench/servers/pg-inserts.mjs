import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';

/*
 * What a service does that stores each message by itself: one INSERT, one commit. The rows are those that Hermes writes, with the
 * same keys; the positions are counted here, so it need not even ask for them. One line of JSON in, one out.
 */

const CONNECTIONS = 10;
const pool = new Pool({ connectionString: process.env.POSTGRES_URL, max: CONNECTIONS });
await pool.query(`
  create table entries (
    channel_id uuid not null, position bigint not null, kind text not null, sender text, client_id text, body text,
    parent bigint, attachments jsonb, sent_at bigint, ordinal bigint, expires_at timestamptz,
    primary key (channel_id, position), unique (channel_id, sender, client_id))`);
const INSERT = {
  name: 'insert',
  text: `insert into entries (channel_id, position, kind, sender, client_id, body, parent, attachments, sent_at, ordinal)
         values ($1, $2, 'message', $3, $4, $5, 0, '[]', $6, $2)`,
};

console.log('ready');
for await (const chunk of process.stdin) {
  const { count, window, channels, size } = JSON.parse(chunk.toString());
  console.log(JSON.stringify(await insert(count, window, channels, size)));
}
process.exit(0);

async function insert(count, window, channels, size) {
  const ids = Array.from({ length: channels }, () => randomUUID());
  const positions = ids.map(() => 0);
  const body = 'x'.repeat(size);
  const times = [];
  let next = 0;
  const began = process.hrtime.bigint();
  await Promise.all(
    Array.from({ length: window }, async () => {
      while (next < count) {
        const n = next++;
        const channel = n % channels;
        const at = process.hrtime.bigint();
        await pool.query({
          ...INSERT,
          values: [ids[channel], ++positions[channel], `user-${channel}`, `m${n}`, body, Date.now()],
        });
        times.push(Number(process.hrtime.bigint() - at) / 1e6);
      }
    }),
  );
  const wall = Number(process.hrtime.bigint() - began);
  times.sort((a, b) => a - b);
  return { wall, acked: count, ack50: times[count >> 1], ack99: times[Math.floor(count * 0.99)] };
}
