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
    line = new BackEndLine(new HttpService(), {
      concurrency: 2,
      queue: 2,
      breakAfter: 3,
      retryAfter: RETRY_AFTER,
      maxAnswer: 1_000,
      isOutage: ({ kind }) => kind === 'lost',
      onOpened: () => opened++,
      onClosed: () => closed++,
    });
  });

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
      expect(await lost).toEqual({ kind: 'lost' });
    }
    expect(await ask()).toEqual({ kind: 'unasked' });
    expect([asked, opened]).toEqual([3, 1]);
  });

  it('holds nothing against a back end whose questions were called off', async () => {
    for (let time = 0; time < 5; time++) {
      behave = hang;
      const off = new AbortController();
      const unasked = ask({ calledOff: off.signal });
      await waitFor('the question', () => asked === time + 1);
      off.abort();
      expect(await unasked).toEqual({ kind: 'unasked' });
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
      { kind: 'lost' },
      { kind: 'lost' },
      { kind: 'unasked' },
      { kind: 'unasked' },
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
    expect(await ask()).toEqual({ kind: 'unasked' });
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
    expect(await ask({ timeout: 20, deadline: undefined })).toEqual({ kind: 'lost' });
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

  it('turns away what neither runs nor waits', async () => {
    const held: ServerResponse[] = [];
    behave = (_, response) => void held.push(response);
    const answers = Array.from({ length: 5 }, () => ask());
    expect(await Promise.race(answers)).toEqual({ kind: 'unasked' });
    for (let left = 4; left > 0; left--) {
      await waitFor('a question', () => held.length > 0);
      held.shift()?.end();
    }
    expect((await Promise.all(answers)).filter(({ kind }) => kind === 'answered')).toHaveLength(4);
  });
});
