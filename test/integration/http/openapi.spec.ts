import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { API_KEY, Node } from '../../support/hermes/node.js';

const execute = promisify(execFile);
const PATIENCE = 180_000;

/** What a team writes that has nothing but the OpenAPI document: the example of the README, and each form of payload. */
const PROGRAM = `
import createClient from 'openapi-fetch';
import type { components, paths } from './api.js';

const { HERMES_URL = '', HERMES_API_KEY = '' } = process.env;
const hermes = createClient<paths>({ baseUrl: HERMES_URL, headers: { Authorization: \`Bearer \${HERMES_API_KEY}\` } });

async function publish(data: components['schemas']['PublishRequest']['data']): Promise<number> {
  const { data: answer, error } = await hermes.POST('/api/events', {
    params: { header: { 'Idempotency-Key': crypto.randomUUID() } },
    body: { channel: 'prices', event: 'tick', visibility: 'broadcast', data },
  });
  if (answer === undefined) throw new Error(String(error.message));
  return answer.accepted;
}

let accepted = 0;
for (const data of [{ symbol: 'BCHBTC', depth: [1, 2] }, [1, 'two'], 'text', 1.5, true, null]) accepted += await publish(data);

const { data: topics } = await hermes.GET('/api/topics', { params: { query: { prefix: 'pri', limit: 10 } } });
const { error: refusal } = await hermes.POST('/api/events', {
  body: { channel: '', event: 'tick', visibility: 'broadcast', data: 1 },
});
console.log(JSON.stringify({ accepted, topics: topics?.topics.map(({ topic }) => topic), refused: refusal?.statusCode }));
`;

interface Operation {
  readonly operationId?: string;
  readonly security?: readonly unknown[];
}

describe('the OpenAPI document', () => {
  let node: Node;
  let folder: string;

  beforeAll(async () => {
    node = await Node.start();
    folder = await mkdtemp(join(tmpdir(), 'hermes-openapi-'));
    await symlink(resolve('node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    await writeFile(join(folder, 'program.ts'), PROGRAM);
  });

  afterAll(async () => {
    await node.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it(
    'makes a TypeScript client that compiles strictly and publishes',
    async () => {
      const client = await node.client();
      await client.ask('subscribe', { channel: 'prices' });
      const bin = (name: string): string => resolve('node_modules/.bin', name);
      await execute(bin('openapi-typescript'), [`${node.url}/api/openapi.json`, '-o', 'api.d.ts'], { cwd: folder });
      const strict = [
        '--strict',
        '--exactOptionalPropertyTypes',
        '--noUncheckedIndexedAccess',
        '--skipLibCheck',
        'false',
      ];
      const modern = ['--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
      await execute(bin('tsc'), [...strict, ...modern, 'program.ts'], { cwd: folder }).catch(
        (error: { stdout: string }) => {
          throw new Error(error.stdout);
        },
      );
      const env = { ...process.env, HERMES_URL: node.url, HERMES_API_KEY: API_KEY };
      const { stdout } = await execute(process.execPath, ['program.js'], { cwd: folder, env });

      expect(JSON.parse(stdout)).toEqual({ accepted: 6, topics: ['prices'], refused: 400 });
      const events = await client.take(6);
      expect(events.map(({ data }) => (data as { tick: unknown }).tick)).toEqual([
        { symbol: 'BCHBTC', depth: [1, 2] },
        [1, 'two'],
        'text',
        1.5,
        true,
        null,
      ]);
    },
    PATIENCE,
  );

  it('is named at the address of Hermes itself', async () => {
    const home = await fetch(`${node.url}/`);
    expect([home.status, await home.json()]).toEqual([200, expect.objectContaining({ description: '/api/docs' })]);
  });

  it('says of each operation what it is called, whether it needs the key, and what it answers', async () => {
    const document = (await (await fetch(`${node.url}/api/openapi.json`)).json()) as {
      readonly info: { readonly version: string };
      readonly servers: readonly unknown[];
      readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
    };
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ what: `${method} ${path}`, operation })),
    );

    expect(document.info.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(document.servers).toEqual([{ url: '/' }]);
    for (const { what, operation } of operations) {
      const needsKey = /\/api\/|\/trigger/.test(what);
      expect({ what, id: operation.operationId, security: operation.security }).toEqual({
        what,
        id: expect.stringMatching(/^[a-z][a-zA-Z]+$/),
        security: needsKey ? [{ bearer: [] }] : [],
      });
    }
  });
});
