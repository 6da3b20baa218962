import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { GrpcServer } from '../../../src/chat/grpc/index.js';
import { ChatService } from '../../../src/chat/index.js';
import { JWT_PROVIDERS, tokenOf } from '../../support/grpc/tokens.js';
import { Node } from '../../support/hermes/node.js';
import { waitFor } from '../../support/wait-for.js';

/** What a client may say at once, and so many messages that it may not say as much of each. */
const BURST = 50;
const MESSAGES = 500;

/** The client that docs/guides/chat.md shows. */
function clientOfTheGuide(): string {
  const [, code] = /^```js\n(\/\/ chat\.mjs:.*?)^```$/ms.exec(readFileSync('docs/guides/chat.md', 'utf8')) ?? [];
  if (code === undefined) throw new Error('the guide shows no client');
  return code;
}

describe('the client of docs/guides/chat.md', () => {
  let node: Node;
  let child: ChildProcess | undefined;

  beforeAll(async () => {
    node = await Node.start({
      HERMES_AUTH_PROVIDERS: JWT_PROVIDERS,
      HERMES_DATA_DIR: 'memory://',
      HERMES_GRPC_PORT: '0',
      HERMES_COMMAND_BURST: String(BURST),
      HERMES_COMMAND_RATE: '10',
    });
  });

  afterAll(async () => {
    child?.kill('SIGKILL');
    await node.stop();
  });

  it('is shown all that it missed, however much, and marks it without saying more than it may', async () => {
    const chat = node.app.get(ChatService, { strict: false });
    const bob = randomUUID();
    const send = (id: number) => chat.send('ann', { id: String(id), recipient: bob, body: 'hello' });
    const { channelId } = await waitFor('the store to be there', () => send(1));
    for (let id = 2; id <= MESSAGES; id++) void send(id);
    const { position } = await send(MESSAGES + 1);

    const address = (node.app.get(GrpcServer, { strict: false }).address ?? '').replace(/^grpc:\/\//, '');
    child = spawn(process.execPath, ['--input-type=module', '-', address, await tokenOf(bob)]);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => (said += text.toString()));
    child.stdin?.end(clientOfTheGuide());
    const marked = async (): Promise<boolean> => {
      const { members } = await chat.getChannel('ann', channelId);
      return members.some(({ userId, delivered }) => userId === bob && delivered === position);
    };
    await waitFor('everything to be marked', marked, { interval: 100 });
    child.kill('SIGINT');

    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(said.match(/^#\d+ ann: hello$/gm)).toHaveLength(position - 1);
    expect(said).not.toContain('over: ');
  });
});
