import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { HttpException } from '@nestjs/common';
import { EndableBody } from './endable-body.js';
import type { EventPublisher } from './event-publisher.js';
import { Idempotency } from './idempotency.js';
import { InflatedBody } from './inflated-body.js';
import { NdjsonPublication } from './ndjson-publication.js';
import type { Answer } from './publication.js';

const SILENCE = 30_000;
const LINE = '{"channel":"a","event":"b","visibility":"broadcast","data":1}\n';

function aPublisher(room: () => Promise<void> = () => Promise.resolve()): EventPublisher {
  const publisher: Pick<EventPublisher, 'maxEvent' | 'publish' | 'reject' | 'room'> = {
    maxEvent: 1_000,
    publish: () => Promise.resolve(undefined),
    reject: () => undefined,
    room,
  };
  return publisher as EventPublisher;
}

function brokeOff({ failure }: Answer): boolean {
  return failure instanceof HttpException && JSON.stringify(failure.getResponse()).includes('the body broke off');
}

/** Until what streams have in hand has gone all the way; none of it waits for a clock. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
}

describe('NdjsonPublication', () => {
  let request: PassThrough;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    request = new PassThrough();
  });

  afterEach(() => jest.useRealTimers());

  function aPublication(publisher = aPublisher(), body: PassThrough | InflatedBody = request): NdjsonPublication {
    return new NdjsonPublication(publisher, new EndableBody(body), () => request.destroy());
  }

  it('ends when nothing comes any more, with what came until then', async () => {
    const answered = aPublication().publish();
    request.write(LINE);
    await turns();
    await jest.advanceTimersByTimeAsync(SILENCE);
    const answer = await answered;

    expect(answer.accepted).toBe(1);
    expect(brokeOff(answer)).toBe(true);
    expect(request.destroyed).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('ends also when the body is gzip', async () => {
    const answered = aPublication(aPublisher(), new InflatedBody(request, 10_000)).publish();
    request.write(gzipSync(LINE).subarray(0, 20));
    await turns();
    await jest.advanceTimersByTimeAsync(SILENCE);

    expect(brokeOff(await answered)).toBe(true);
  });

  it('lets go of its Idempotency-Key, for whom others wait', async () => {
    const idempotency = new Idempotency(performance, { idempotencyWindow: 1_000, idempotencyKeys: 10 });
    const first = idempotency.once('k', aPublication());
    const again = new PassThrough();
    const second = idempotency.once(
      'k',
      new NdjsonPublication(aPublisher(), new EndableBody(again), () => again.destroy()),
    );
    again.end(LINE);
    await turns();
    await jest.advanceTimersByTimeAsync(SILENCE);

    expect((await first).kind).toBe('first');
    expect(await second).toMatchObject({ kind: 'first', answer: { accepted: 1, failure: undefined } });
  });

  it('goes on while something comes in time, be it an empty line', async () => {
    const answered = aPublication().publish();
    for (let time = 0; time < 3; time++) {
      request.write('\n');
      await turns();
      await jest.advanceTimersByTimeAsync(SILENCE - 1);
    }
    request.end(LINE);

    expect(await answered).toMatchObject({ accepted: 1, failure: undefined });
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is patient while the node has no room and so does not read', async () => {
    let enter: () => void = () => undefined;
    const room = new Promise<void>((resolve) => (enter = resolve));
    const answered = aPublication(aPublisher(() => room)).publish();
    request.write(LINE);
    await turns();
    await jest.advanceTimersByTimeAsync(10 * SILENCE);
    enter();
    request.end();

    expect(await answered).toMatchObject({ accepted: 1, failure: undefined });
  });

  it('waits for nothing once a line was bad', async () => {
    const answered = aPublication().publish();
    request.write('rubbish\n');

    expect(await answered).toMatchObject({ accepted: 0 });
    expect(request.destroyed).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  });
});
