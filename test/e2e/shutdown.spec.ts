import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SUBSCRIBE_PATH } from '@hermes/protocol';
import { Client } from '../support/hermes/client.js';
import { emptyFolder, Product, PRODUCT_TIMEOUT } from '../support/hermes/product.js';
import { freezeOneThatBoots } from '../support/hermes/workers.js';

const STOP_AT_ONCE = `process.kill(process.pid, 'SIGTERM');
export default { module: class Nothing {} };`;

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
      const late = await freezeOneThatBoots(product);
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
