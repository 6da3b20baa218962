import { freePort } from '../../support/index.js';
import { API_KEY, Node } from '../../support/hermes/node.js';

const FOR_OPERATORS = ['/metrics', '/api/docs', '/api/openapi.json'];

async function statuses(origin: string, paths: readonly string[]): Promise<number[]> {
  return Promise.all(paths.map(async (path) => (await fetch(origin + path)).status));
}

describe('HERMES_ADMIN_PORT', () => {
  let node: Node;

  afterEach(() => node.stop());

  it('has for itself what is for operators, and nothing else but health', async () => {
    const port = await freePort();
    node = await Node.start({ HERMES_ADMIN_PORT: String(port) });
    const admin = `http://127.0.0.1:${port}`;

    expect(await statuses(admin, FOR_OPERATORS)).toEqual([200, 200, 200]);
    expect(await statuses(node.url, FOR_OPERATORS)).toEqual([404, 404, 404]);
    expect(await statuses(admin, ['/api/topics', '/nothing', '/health/live'])).toEqual([401, 404, 200]);
    const headers = { Authorization: `Bearer ${API_KEY}` };
    expect((await fetch(`${admin}/api/topics`, { headers })).status).toBe(404);
    expect(await (await fetch(`${admin}/health/ready`)).json()).toEqual({ status: 'ready', reasons: [], sources: {} });
    expect(await (await fetch(`${node.url}/health/ready`)).json()).toEqual({ status: 'ready' });
    expect((await node.post('[]')).status).toBe(400);
  });

  it('may be off', async () => {
    node = await Node.start({ HERMES_ADMIN_PORT: 'off' });
    expect(await statuses(node.url, FOR_OPERATORS)).toEqual([404, 404, 404]);
    expect(await statuses(node.url, ['/health/live', '/health/ready'])).toEqual([200, 200]);
  });
});
