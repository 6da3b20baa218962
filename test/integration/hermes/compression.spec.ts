import type { Socket } from 'node:net';
import type { Client } from '../../support/hermes/client.js';
import { Node } from '../../support/hermes/node.js';

const PADDING = 'the same again, '.repeat(1_000);

/** What has come over the wire of this client, in bytes. */
function bytesRead({ socket }: Client): number {
  return (Reflect.get(socket, '_socket') as Socket).bytesRead;
}

describe('compression', () => {
  let node: Node;

  async function subscribed(perMessageDeflate: boolean | object): Promise<Client> {
    const client = await node.client({ perMessageDeflate });
    await client.subscribe('prices');
    return client;
  }

  afterEach(() => node.stop());

  it('is not offered by default', async () => {
    node = await Node.start();
    const client = await subscribed(true);
    expect(client.socket.extensions).toBe('');
  });

  it('saves bytes for those who accepted it, and changes nothing in what they read', async () => {
    node = await Node.start({ HERMES_COMPRESSION: 'true' });
    const [deflated, other, plain] = [await subscribed(true), await subscribed(true), await subscribed(false)];
    await node.publish({ data: { padding: PADDING } }, { data: 'small' }, { data: { padding: PADDING, n: 2 } });

    const expected = await plain.take(3);
    for (const client of [deflated, other]) {
      expect(client.socket.extensions).toContain('permessage-deflate');
      expect(await client.take(3)).toEqual(expected);
      expect(bytesRead(client)).toBeLessThan(bytesRead(plain) / 10);
    }
  });

  it('is not used with a client whose window is too small for shared frames', async () => {
    node = await Node.start({ HERMES_COMPRESSION: 'true' });
    const client = await subscribed({ serverMaxWindowBits: 9 });
    expect(client.socket.extensions).toBe('');
  });

  it('reads compressed commands, and closes on one that would grow past the limit', async () => {
    node = await Node.start({ HERMES_COMPRESSION: 'true', HERMES_MAX_FRAME: '4KiB' });
    const client = await subscribed({ threshold: 0 });
    expect(await client.ask('handshake')).toMatchObject({ event: 'handshake' });
    client.raw(JSON.stringify({ channel: 'ws_status', event: 'handshake', padding: PADDING }));
    expect(await client.closed).toBe(1009);
  });
});
