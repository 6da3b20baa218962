import { decodeJwt, jwtVerify } from 'jose';
import { runHermes } from './program.js';
import { EmptyFolder } from './testing/empty-folder.js';
import { TestTerminal } from './testing/test-terminal.js';

const SECRET = 'a secret of forty-three characters or so...';

describe('hermes token', () => {
  const folder = new EmptyFolder();

  async function run(...args: string[]): Promise<{ code: number; printed: string[]; said: string[] }> {
    const terminal = new TestTerminal(folder.path);
    const code = await runHermes(['token', ...args], terminal, '0.0.0');
    return { code, printed: terminal.printed.entries, said: terminal.said.entries };
  }

  it('prints a token for the server in this folder, and nothing else', async () => {
    folder.leaveSecret(SECRET);
    const { code, printed, said } = await run('alice', '--role', 'admin', '--ttl', '10m');
    expect([code, said, printed.length]).toEqual([0, [], 1]);
    const { payload } = await jwtVerify(printed[0] ?? '', Buffer.from(SECRET), { algorithms: ['HS256'] });
    expect(payload).toMatchObject({ sub: 'alice', role: 'admin', exp: (payload.iat ?? 0) + 600 });
  });

  it('makes one for an hour and without a role, unless told otherwise', async () => {
    folder.leaveSecret(SECRET);
    const payload = decodeJwt((await run('alice')).printed[0] ?? '');
    expect(payload).toEqual({ sub: 'alice', iat: expect.any(Number), exp: (payload.iat ?? 0) + 3_600 });
  });

  it('prints the command that a page sends, with the origin of the server in this folder', async () => {
    folder.leaveSecret(SECRET);
    folder.leave({ url: 'http://127.0.0.1:9000', apiKey: 'k', origin: 'staff' });
    const { printed } = await run('alice', '--json', '--role', 'admin');
    expect(JSON.parse(printed[0] ?? '')).toEqual({
      channel: 'ws_status',
      event: 'authorize',
      command: { token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/), origin: 'staff', role: 'admin' },
    });
  });

  it('says what is missing', async () => {
    expect(await run('alice')).toMatchObject({
      code: 1,
      printed: [],
      said: [expect.stringMatching(/^hermes: token needs \.hermes\/secret, which `npm start` makes/)],
    });
    folder.leaveSecret(SECRET);
    expect((await run(' ')).said).toEqual(['hermes: token takes the id of a user']);
  });

  it.each(['0s', '31d', '10', '1y', '-1h', '1.5h'])('refuses a ttl of %s', async (ttl) => {
    folder.leaveSecret(SECRET);
    const { code, said } = await run('alice', '--ttl', ttl);
    expect(code).toBe(1);
    expect(said.join()).toContain('It is a time such as 30s, 10m, 1h or 7d, 30d at most.');
  });
});
