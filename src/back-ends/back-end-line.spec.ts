import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { HttpService } from '@nestjs/axios';
import { waitFor } from '../../test/support/wait-for.js';
import { BackEndLine, type Answer, type Question } from './index.js';

type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

const hang: Behaviour = () => undefined;
const answer: Behaviour = (_, response) => void response.end('hello');
const never = new AbortController().signal;
const RETRY_AFTER = 500;
const unasked = (reason: string) => ({ kind: 'unasked', reason });

describe('a line to a back end', () => {
  let server: Server;
  let behave: Behaviour;
  let asked: number;
  let line: BackEndLine;
  let opened: number;
  let closed: number;

  beforeEach(async () => {
    behave = answer;
    asked = opened = closed = 0;
    server = createServer((request, response) => {
      asked++;
      behave(request, response);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    line = aLine(2, 2);
  });

  function aLine(concurrency: number, queue: number): BackEndLine {
    return new BackEndLine(new HttpService(), {
      concurrency,
      queue,
      breakAfter: 3,
      retryAfter: RETRY_AFTER,
      maxAnswer: 1_000,
      onOpened: () => opened++,
      onClosed: () => closed++,
    });
  }

  afterEach(async () => {
    line.close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });

  function ask(question: Partial<Question> = {}): Promise<Answer> {
    const { port } = server.address() as AddressInfo;
    return line.ask({ method: 'GET', url: `http://127.0.0.1:${port}/`, headers: {}, deadline: never, ...question });
  }

  it('brings every status and body as they are', async () => {
    behave = (_, response) => void response.writeHead(418).end('{"short": "and stout"}');
    expect(await ask()).toEqual({ kind: 'answered', status: 418, body: '{"short": "and stout"}' });
  });

  it('brings no more than the largest answer there may be', async () => {
    behave = (_, response) => void response.end('x'.repeat(1_001));
    expect(await ask()).toEqual({ kind: 'oversized' });
  });

  it('loses what is not answered by its deadline, and asks nobody after so many outages', async () => {
    behave = hang;
    for (let time = 0; time < 3; time++) {
      const deadline = new AbortController();
      const lost = ask({ deadline: deadline.signal });
      await waitFor('the question', () => asked === time + 1);
      deadline.abort();
      expect(await lost).toEqual({ kind: 'lost', late: true });
    }
    expect(await ask()).toEqual(unasked('away'));
    expect([asked, opened]).toEqual([3, 1]);
  });

  it('holds nothing against a back end whose questions were called off', async () => {
    for (let time = 0; time < 5; time++) {
      behave = hang;
      const off = new AbortController();
      const calledOff = ask({ calledOff: off.signal });
      await waitFor('the question', () => asked === time + 1);
      off.abort();
      expect(await calledOff).toEqual(unasked('called off'));
    }
    behave = answer;
    expect(await ask()).toMatchObject({ kind: 'answered' });
  });

  it('holds its own queue against nobody: what waited longer than it was asked says nothing', async () => {
    behave = hang;
    const deadline = new AbortController();
    const running = [ask(), ask()];
    await waitFor('the questions', () => asked === 2);
    const waiting = [ask({ deadline: deadline.signal }), ask({ deadline: deadline.signal })];
    await pause(100);
    server.closeAllConnections();
    await waitFor('the turn of those that waited', () => asked === 4);
    deadline.abort();
    expect(await Promise.all([...running, ...waiting])).toEqual([
      { kind: 'lost', late: false },
      { kind: 'lost', late: false },
      unasked('away'),
      unasked('away'),
    ]);
    expect(opened).toBe(0);
  });

  it('asks a back end that was away once, and goes by the answer even when whoever asked has left', async () => {
    behave = (_, response) => response.destroy();
    for (let time = 0; time < 3; time++) await ask({ once: true });
    await pause(RETRY_AFTER + 20);
    let trial: ServerResponse | undefined;
    behave = (_, response) => void (trial = response);
    const off = new AbortController();
    const left = ask({ calledOff: off.signal, once: true });
    await waitFor('the trial', () => trial !== undefined);
    off.abort();
    expect(await ask()).toEqual(unasked('away'));
    expect(closed).toBe(0);
    behave = answer;
    trial?.end('back');
    await left;
    expect(closed).toBe(1);
    expect(await ask()).toMatchObject({ kind: 'answered' });
  });

  it('gives an answer so long from when the question leaves, whatever it has waited', async () => {
    behave = (_, response) => void setTimeout(() => response.end('late'), 300);
    const answers = await Promise.all(Array.from({ length: 4 }, () => ask({ timeout: 500, deadline: undefined })));
    expect(answers.map(({ kind }) => kind)).toEqual(['answered', 'answered', 'answered', 'answered']);
    behave = hang;
    expect(await ask({ timeout: 20, deadline: undefined })).toMatchObject({ kind: 'lost' });
  });

  it('ends what is under way and asks nothing more, once closed', async () => {
    behave = hang;
    const answers = [ask(), ask(), ask()];
    await waitFor('the questions', () => asked === 2);
    line.close();
    for (const { kind } of await Promise.all([...answers, ask()])) expect(kind).toBe('unasked');
    expect(asked).toBe(2);
  });

  it.each([
    ['asks again', false, 'answered'],
    ['does not, where once must do', true, 'lost'],
  ] as const)('%s when a kept connection turns out to be closed', async (_, justOnce, kind) => {
    await ask();
    behave = ({ socket }, response) => {
      behave = answer;
      socket.resetAndDestroy();
      response.destroy();
    };
    expect(await ask({ once: justOnce })).toMatchObject({ kind });
    expect(asked).toBe(justOnce ? 2 : 3);
  });

  it.each([502, 503, 504])('asks nobody after so many answers with %i', async (status) => {
    behave = (_, response) => void response.writeHead(status).end();
    for (let time = 0; time < 3; time++) expect(await ask({ client: 'a' })).toMatchObject({ status });
    expect(await ask({ client: 'b' })).toEqual(unasked('away'));
    expect(opened).toBe(1);
  });

  it('asks nobody after so many times without a connection', async () => {
    for (let time = 0; time < 3; time++) {
      expect(await ask({ url: 'http://127.0.0.1:1/', client: 'a' })).toEqual({ kind: 'lost', late: false });
    }
    expect(await ask()).toEqual(unasked('away'));
  });

  it.each([400, 401, 403, 429, 500, 501, 505])(
    'goes on after answers with %i, which may be about one client',
    async (status) => {
      behave = (_, response) => void response.writeHead(status).end();
      for (let time = 0; time < 9; time++) await ask({ client: 'a' });
      expect([asked, opened]).toEqual([9, 0]);
    },
  );

  it('goes on while most of what it asks is answered', async () => {
    for (let time = 0; time < 10; time++) await ask();
    behave = (_, response) => void response.writeHead(503).end();
    for (let time = 0; time < 10; time++) await ask();
    expect(opened).toBe(0);
    await ask();
    expect(opened).toBe(1);
  });

  it.each<[string, Behaviour]>([
    ['in vain', hang],
    ['for half an answer', (_, response) => void response.writeHead(200, { 'content-length': 9 }).write('x')],
  ])('lets one client wait %s, again and again, and goes on for others', async (_, behaviour) => {
    behave = behaviour;
    const lose = (client: string) => ask({ client, timeout: 50, once: true });
    for (let time = 0; time < 6; time++) expect(await lose('a')).toEqual({ kind: 'lost', late: true });
    expect([asked, opened]).toEqual([6, 0]);
    await lose('b');
    await lose('c');
    expect(opened).toBe(1);
  });

  it('lets somebody else try out a back end that was lost to one client', async () => {
    behave = (_, response) => void response.writeHead(503).end();
    for (let time = 0; time < 3; time++) await ask();
    behave = hang;
    await pause(RETRY_AFTER + 20);
    expect(await ask({ client: 'a', timeout: 50 })).toMatchObject({ kind: 'lost' });
    behave = answer;
    await pause(RETRY_AFTER + 20);
    expect(await ask({ client: 'a' })).toEqual(unasked('away'));
    expect(await ask({ client: 'b' })).toMatchObject({ kind: 'answered' });
    expect(closed).toBe(1);
  });

  it('keeps slots for others, however many questions one client has', async () => {
    line.close();
    line = aLine(32, 8);
    const held: ServerResponse[] = [];
    behave = (_, response) => void held.push(response);
    const flood = Array.from({ length: 70 }, () => ask({ client: 'a' }));
    await waitFor('the first', () => held.length === 31);
    behave = answer;
    expect(await ask({ client: 'b' })).toMatchObject({ kind: 'answered' });
    for (const response of held) response.end();
    const kinds = (await Promise.all(flood)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'answered')).toHaveLength(39);
  });

  it('leaves half of them to others when it was not answered in time', async () => {
    line.close();
    line = aLine(32, 100);
    behave = hang;
    await ask({ client: 'a', timeout: 20 });
    const held: ServerResponse[] = [];
    behave = (_, response) => void held.push(response);
    const flood = Array.from({ length: 40 }, () => ask({ client: 'a' }));
    const others = Array.from({ length: 8 }, () => ask({ client: 'b' }));
    await waitFor('the first', () => held.length === 17 + 8);
    behave = answer;
    for (const response of held) response.end();
    const kinds = (await Promise.all([...flood, ...others])).map(({ kind }) => kind);
    expect(kinds.every((kind) => kind === 'answered')).toBe(true);
  });

  it.each([
    ['busy', 1],
    ['away', 0],
  ])('says that the back end is %s to what waited in vain while %i others were answered', async (reason, answers) => {
    const held: ServerResponse[] = [];
    behave = (_, response) => void held.push(response);
    const others = [ask(), ask(), ask()];
    const deadline = new AbortController();
    const inVain = ask({ deadline: deadline.signal });
    await waitFor('the questions', () => held.length === 2);
    for (const response of held.slice(0, answers)) response.end();
    if (answers > 0) await waitFor('the next question', () => held.length === 3);
    deadline.abort();
    expect(await inVain).toEqual(unasked(reason));
    behave = answer;
    for (const response of held) response.end();
    await Promise.all(others);
  });

  it.each([
    ['UTF-8', Buffer.from('"böb"'), '"böb"'],
    ['UTF-8 with a mark in front', Buffer.from('\ufeff"böb"'), '"böb"'],
    ['Latin-1', Buffer.from('"böb"', 'latin1'), undefined],
    ['a half character', Buffer.from([0x22, 0xc3, 0x22]), undefined],
    ['a surrogate in bytes', Buffer.from([0xed, 0xa0, 0x80]), undefined],
  ])('reads %s as UTF-8 or not at all', async (_, bytes, body) => {
    behave = (_request, response) =>
      void response.writeHead(200, { 'content-type': 'text/plain; charset=iso-8859-1' }).end(bytes);
    expect(await ask()).toEqual({ kind: 'answered', status: 200, body });
  });

  it('turns away what neither runs nor waits', async () => {
    const held: ServerResponse[] = [];
    behave = (_, response) => void held.push(response);
    const answers = Array.from({ length: 5 }, () => ask());
    expect(await Promise.race(answers)).toEqual(unasked('busy'));
    for (let left = 4; left > 0; left--) {
      await waitFor('a question', () => held.length > 0);
      held.shift()?.end();
    }
    expect((await Promise.all(answers)).filter(({ kind }) => kind === 'answered')).toHaveLength(4);
  });
});
