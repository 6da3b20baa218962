import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SUBSCRIBE_PATH } from '@hermes/protocol';
import { waitFor } from '../support/index.js';
import { Client } from '../support/hermes/client.js';
import { emptyFolder, Product, PRODUCT_TIMEOUT } from '../support/hermes/product.js';

const STOP_AT_ONCE = `process.kill(process.pid, 'SIGTERM');
export default { module: class Nothing {} };`;

/** The processes that this one has started. */
function childrenOf({ pid }: Product): number[] {
  const listed = execFileSync('ps', ['--ppid', String(pid), '-o', 'pid='], { encoding: 'utf8' });
  return listed.trim().split(/\s+/).map(Number);
}

describe('a stop while Hermes starts', () => {
  let product: Product;

  afterEach(() => product.kill());

  it(
    'comes in good order, when the start is complete',
    async () => {
      const folder = emptyFolder();
      writeFileSync(join(folder, 'stop.mjs'), STOP_AT_ONCE);
      product = await Product.launch({ HERMES_AUTH_MODULES: './stop.mjs' }, { folder });

      expect(await product.ended).toEqual({ code: 0, signal: null });
      expect(product.log.map(({ event }) => event)).toContain('shutdown.finished');
    },
    PRODUCT_TIMEOUT,
  );

  it(
    'closes the clients of the workers that are up already',
    async () => {
      product = await Product.launch({ HERMES_WORKERS: '2', HERMES_DRAIN: '0' });
      const [late = 0] = await waitFor('both workers to be there', () => {
        const workers = childrenOf(product);
        return workers.length === 2 && workers;
      });
      process.kill(late, 'SIGSTOP');
      const { url } = await product.logged('server.listening');
      const client = await Client.connect(`${String(url).replace('http', 'ws')}${SUBSCRIBE_PATH}`);
      product.signal('SIGTERM');

      expect(await client.closed).toBe(1001);
      process.kill(late, 'SIGCONT');
      expect(await product.ended).toEqual({ code: 0, signal: null });
      expect(product.stderr).toBe('');
    },
    PRODUCT_TIMEOUT,
  );
});
