import { HermesConnection, type Ending } from './hermes-connection.js';
import { HermesServer, politely } from './testing/hermes-server.js';
import { Log } from './testing/log.js';
import { openWsSocket } from './ws-socket.js';

describe('connection', () => {
  const told = new Log<string>();
  const endings: Ending[] = [];
  let server: HermesServer;
  let connection: HermesConnection;

  beforeEach(async () => {
    told.entries.length = 0;
    endings.length = 0;
    server = await HermesServer.start();
    connection = new HermesConnection(
      { url: server.subscribeUrl, openSocket: openWsSocket, subscriptions: [{ channel: 'news' }], silence: 20 },
      {
        event: ({ event }) => told.push(event),
        ready: () => told.push('ready'),
        waiting: ({ code, wasReady }) => told.push(`waiting after ${code}, ready before: ${wasReady}`),
        warned: (message) => told.push(`warned: ${message}`),
        ended: (ending) => endings.push(ending),
      },
    );
    connection.open();
  });

  afterEach(async () => {
    connection.close();
    await server.stop();
  });

  it('asks a silent server for a sign of life and is content with the answer', async () => {
    await server.got('handshake', 4);
    expect(told.entries).toEqual(['ready']);
  });

  it('leaves a server that gives no sign of life, and comes back', async () => {
    await told.until((entry) => entry === 'ready');
    server.answering = () => undefined;
    await told.until((entry) => entry === 'waiting after 1006, ready before: true');
    server.answering = politely;
    expect(await told.until((entry) => entry === 'ready', 2)).toBe('ready');
  });

  it('passes on warnings that answer no command', async () => {
    await told.until((entry) => entry === 'ready');
    server.send({ channel: 'ws_status', event: 'error', data: { resultCode: 429, message: 'slow down' } });
    expect(await told.until((entry) => entry.startsWith('warned'))).toBe('warned: slow down');
  });

  it('tells nothing once it was closed', async () => {
    await told.until((entry) => entry === 'ready');
    connection.close();
    connection.close();
    server.event('late', 1);
    await server.closes.until((code) => code === 1000);
    expect(endings).toEqual([{ kind: 'closed' }]);
    expect(told.entries).toEqual(['ready']);
  });
});
