import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpService } from '@nestjs/axios';
import { waitFor } from '../../test/support/wait-for.js';
import { BackEndLine, type Answer, type Question } from './index.js';

type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

const hang: Behaviour = () => undefined;
const answer: Behaviour = (_, response) => void response.end('hello');
const never = new AbortController().signal;

describe('a line to a back end', () => {
  let server: Server;
  let behave: Behaviour;
  let asked: number;
  let line: BackEndLine;
  let opened: number;

  beforeEach(async () => {
    behave = answer;
    asked = opened = 0;
    server = createServer((request, response) => {
      asked++;
      behave(request, response);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    line = new BackEndLine(new HttpService(), {
      concurrency: 2,
      queue: 2,
      breakAfter: 3,
      retryAfter: 60_000,
      maxAnswer: 1_000,
      isOutage: ({ kind }) => kind === 'lost',
      onOpened: () => opened++,
      onClosed: () => undefined,
    });
  });

  afterEach(async () => {
    line.close();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
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
