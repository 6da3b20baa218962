import { status } from '@grpc/grpc-js';
import { runHermes } from '../program.js';
import { aChannel, aMessage, ChatServer, politely } from '../testing/chat-server.js';
import { EmptyFolder } from '../testing/empty-folder.js';
import { TestTerminal } from '../testing/test-terminal.js';

const SECRET = 'a secret of forty-three characters or so...';

describe('hermes chat', () => {
  const folder = new EmptyFolder();
  let server: ChatServer;
  let terminal: TestTerminal;

  beforeEach(async () => {
    server = await ChatServer.start();
    terminal = new TestTerminal(folder.path, 'from standard input\n');
    process.env['HERMES_TOKEN'] = 't0ken';
  });

  afterEach(() => {
    delete process.env['HERMES_TOKEN'];
    terminal.interrupt();
    server.stop();
  });

  function chat(...args: string[]): Promise<number> {
    return runHermes(['chat', ...args, '--grpc', server.address], terminal, '0.0.0');
  }

  describe('send', () => {
    it('sends to a user, and says where the message is', async () => {
      expect(await chat('send', 'bob', 'hi there')).toBe(0);
      const { newMessage } = await server.got('newMessage');
      expect(newMessage).toMatchObject({
        recipient: 'bob',
        body: 'hi there',
        id: expect.stringMatching(/^[\da-f-]{36}$/),
      });
      expect(terminal.printed.entries).toEqual(['sent to c1 as #3']);
      expect(terminal.said.entries).toEqual([]);
      expect(server.tokens).toEqual(['Bearer t0ken']);
    });

    it('sends to a channel, what comes on standard input, and prints JSON when asked', async () => {
      expect(await chat('send', '--channel', 'c9', '-', '--json')).toBe(0);
      expect((await server.got('newMessage')).newMessage).toMatchObject({
        channelId: 'c9',
        body: 'from standard input',
      });
      expect(JSON.parse(terminal.printed.entries.join())).toMatchObject({ ack: { channelId: 'c9', position: 3 } });
    });

    it('sends again, with the same id, when nobody knows what became of it', async () => {
      const answers = [
        { error: { ref: 'send', code: 'UNAVAILABLE', message: 'the store does not answer' } },
        undefined,
        undefined,
      ];
      server.answering = (event) => {
        if (answers.length === 0) return politely(event);
        const answer = answers.shift();
        if (answer === undefined) server.end(status.INTERNAL, 'gone');
        return answer;
      };
      expect(await chat('send', 'bob', 'hi')).toBe(0);
      const ids = server.events.entries.map(({ newMessage }) => newMessage?.id);
      expect(ids).toHaveLength(4);
      expect(new Set(ids).size).toBe(1);
    });

    it.each([
      ['there is no text', ['bob']],
      ['put the text in quotes', ['bob', 'hi', 'there']],
      ['put the text in quotes', ['--channel', 'c', 'bob', 'hi']],
    ])('says %s', async (sentence, args) => {
      expect(await chat('send', ...args)).toBe(1);
      expect(terminal.said.entries.join()).toContain(sentence);
      expect(server.tokens).toEqual([]);
    });

    it('says why a message is refused, in one line that cannot drive the terminal', async () => {
      server.answering = () => ({ error: { ref: 'send', code: 'NOT_FOUND', message: 'no such\n\u001b[2J channel' } });
      expect(await chat('send', 'bob', 'hi')).toBe(1);
      expect(terminal.said.entries).toEqual(['hermes: NOT_FOUND: no such\\u000a\\u001b[2J channel']);
      expect(terminal.printed.entries).toEqual([]);
    });

    it('says that nobody is there, without trying for long', async () => {
      server.stop();
      expect(await chat('send', 'bob', 'hi')).toBe(1);
      expect(terminal.said.entries).toEqual([
        expect.stringMatching(`^hermes: no connection to ${server.address}: connect ECONNREFUSED`),
      ]);
    });

    it('says who is asked for when nobody is', async () => {
      delete process.env['HERMES_TOKEN'];
      expect(await chat('send', 'bob', 'hi')).toBe(1);
      expect(await chat('send', 'bob', 'hi', '--as', 'alice')).toBe(1);
      expect(terminal.said.entries).toEqual([
        expect.stringContaining('who are you?'),
        expect.stringContaining('--as needs .hermes/secret'),
      ]);
    });
  });

  describe('channels', () => {
    it('lists all of them, however many pages there are', async () => {
      const members = ['alice', 'bob'].map((userId) => ({ ...aMember, userId }));
      server.channels = [
        aChannel({ id: 'c1', position: 12, unread: 3 }),
        aChannel({ id: 'c22', type: 'PRIVATE', name: '', members }),
        aChannel({ id: 'c3', type: 'BROADCAST', name: 'news\u001b' }),
      ];
      expect(await chat('channels')).toBe(0);
      expect(terminal.printed.entries).toEqual([
        'id   type       name        unread  newest',
        'c1   group      team        3       #12',
        'c22  private    alice       0',
        'c3   broadcast  news\\u001b  0',
      ]);
    });

    it('prints them as JSON', async () => {
      server.channels = [aChannel({})];
      expect(await chat('channels', '--json')).toBe(0);
      expect(terminal.printed.entries.map((line) => JSON.parse(line) as unknown)).toEqual([
        expect.objectContaining({ id: 'c1', type: 'GROUP', unread: 0 }),
      ]);
    });

    it('says that there are none, or that the token is not accepted', async () => {
      expect(await chat('channels')).toBe(0);
      server.refusal = { code: status.UNAUTHENTICATED, details: 'the token is not accepted' };
      expect(await chat('channels')).toBe(1);
      expect(terminal.said.entries).toEqual([
        'no channels yet: send somebody a message',
        'hermes: UNAUTHENTICATED: the token is not accepted',
      ]);
    });
  });

  describe('listen', () => {
    function ready(nth = 1): Promise<string> {
      return terminal.said.until((line) => line.startsWith('listening'), nth);
    }

    it('prints messages one a line, marks them as delivered, and leaves when the user has had enough', async () => {
      const exitCode = chat('listen');
      await ready();
      expect((await server.got('resume')).resume).toEqual({ channels: [] });
      server.message(1, 'hello');
      server.message(2, 'how are\nyou?');
      server.send({ typing: { channelId: 'c1', userId: 'alice' } });
      await server.got('delivered');
      terminal.interrupt();
      expect(await exitCode).toBe(0);
      expect(terminal.printed.entries).toEqual([
        expect.stringMatching(/^\d\d:\d\d:05\.006 {2}c1 {2}#1 {2}alice: hello$/),
        expect.stringMatching(/alice: how are\\u000ayou\?$/),
      ]);
      expect(terminal.said.entries).toEqual([`listening as bob at ${server.address}`]);
      expect(server.events.entries.map(({ delivered }) => delivered)).toContainEqual({ channelId: 'c1', position: 2 });
      expect(server.events.entries.filter(({ event }) => event === 'read')).toEqual([]);
    });

    it('marks as read too, shows everything, and JSON, when asked', async () => {
      const exitCode = chat('listen', '--all', '--read', '--json', '--count', '3');
      await ready();
      server.message(1, 'hello');
      server.send({ presence: { userId: 'alice', online: true, lastSeen: 0 } });
      server.send({ receipt: { channelId: 'c1', userId: 'alice', kind: 'READ', position: 1, at: 1 } });
      server.message(2, 'too late');
      expect(await exitCode).toBe(0);
      expect(terminal.printed.entries.map((line) => Object.keys(JSON.parse(line) as object))).toEqual([
        ['message'],
        ['presence'],
        ['receipt'],
      ]);
      expect((await server.got('read')).read).toEqual({ channelId: 'c1', position: 1 });
    });

    it('has had enough while it is still shown what it missed, and marks that', async () => {
      server.answering = () => ({ message: aMessage({ position: 4, body: 'missed' }) });
      expect(await chat('listen', '--count', '1')).toBe(0);
      expect(terminal.printed.entries).toHaveLength(1);
      expect((await server.got('delivered')).delivered).toEqual({ channelId: 'c1', position: 4 });
    });

    it('comes back after a loss, names what it has seen, and shows nothing twice', async () => {
      void chat('listen');
      await ready();
      server.message(1, 'one');
      server.message(2, 'two');
      await terminal.printed.until(() => true, 2);
      server.end(status.UNAVAILABLE, 'the server is shutting down');
      await ready(2);
      expect((await server.got('resume', 2)).resume).toEqual({ channels: [{ channelId: 'c1', position: 2 }] });
      server.message(2, 'two');
      server.message(8, 'eight');
      await terminal.printed.until((line) => line.endsWith('eight'));
      expect(terminal.printed.entries).toHaveLength(3);
      expect(terminal.said.entries[1]).toMatch(
        /^connection lost: UNAVAILABLE: the server is shutting down; trying again in \d\.\d s$/,
      );
    });

    it('finds a server that comes later, and one that comes again', async () => {
      server.stop();
      void chat('listen');
      await terminal.said.until((line) => line.startsWith(`no connection to ${server.address}`));
      server = await ChatServer.start(server.port);
      await ready();
      server.stop();
      await terminal.said.until((line) => line.startsWith('connection lost'));
      server = await ChatServer.start(server.port);
      await expect(ready(2)).resolves.toContain(server.address);
    });

    it('makes another token when one has run out', async () => {
      folder.leaveSecret(SECRET);
      void chat('listen', '--as', 'bob');
      await ready();
      server.end(status.UNAUTHENTICATED, 'the token has run out');
      await ready(2);
      expect(server.tokens).toHaveLength(3);
      expect(terminal.said.entries).toHaveLength(2);
    });

    it('leaves when its token has run out and it has no other', async () => {
      const exitCode = chat('listen');
      await ready();
      server.end(status.UNAUTHENTICATED, 'the token has run out');
      expect(await exitCode).toBe(1);
      expect(terminal.said.entries.at(-1)).toBe('hermes: UNAUTHENTICATED: the token has run out');
    });

    it('leaves when a token that it made itself is not accepted', async () => {
      folder.leaveSecret(SECRET);
      server.refusal = { code: status.UNAUTHENTICATED, details: 'the token is not accepted' };
      expect(await chat('listen', '--as', 'bob')).toBe(1);
    });

    it('leaves at a loss when it is told not to come back', async () => {
      const exitCode = chat('listen', '--no-reconnect');
      await ready();
      server.end(status.UNAVAILABLE, 'the server is shutting down');
      expect(await exitCode).toBe(1);
    });

    it('leaves a channel behind that its user has left', async () => {
      void chat('listen', '--all');
      await ready();
      server.message(1, 'hello');
      const bob = { ...aMember, userId: 'bob' };
      server.send({
        membership: { channelId: 'c1', position: 2, kind: 'REMOVED', by: 'alice', members: [bob], at: 1 },
      });
      await terminal.printed.until((line) => line.endsWith('removed by alice: bob'));
      server.end(status.UNAVAILABLE, 'gone');
      expect((await server.got('resume', 2)).resume).toEqual({ channels: [] });
    });

    it('passes on complaints, but not those about marks', async () => {
      void chat('listen');
      await ready();
      server.send({ error: { ref: 'mark', code: 'FAILED_PRECONDITION', message: 'nothing is stored here' } });
      server.send({ error: { ref: '', code: 'RESOURCE_EXHAUSTED', message: 'slower, please' } });
      await terminal.said.until((line) => line.startsWith('the server says'));
      expect(terminal.said.entries.slice(1)).toEqual(['the server says: RESOURCE_EXHAUSTED: slower, please']);
    });
  });
});

const aMember = { userId: '', permissions: { read: true, write: true, manage: false }, delivered: 0, read: 0 };
