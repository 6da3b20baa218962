import { Logger } from '@nestjs/common';
import * as fc from 'fast-check';
import { FakeChatStore } from '../../../test/support/chat/fake-chat-store.js';
import { ChatRefusal, positionOf, type ChatOutcome, type ChatWrite } from '../model/index.js';
import { GroupCommit, type CommitLimits } from './group-commit.js';

// What these tests break is logged like anything else, and would bury what they report.
Logger.overrideLogger(false);

const GROUP = '00000000-0000-4000-8000-000000000001';
const generous: CommitLimits = { batch: { writes: 512, bytes: 1e6 }, waiting: { writes: 1e4, bytes: 1e8 } };

/** A store whose transactions end when the test lets them. */
class Gate {
  #held: (() => void)[] = [];
  closed = true;

  readonly pass = (): Promise<void> =>
    this.closed ? new Promise((resolve) => this.#held.push(resolve)) : Promise.resolve();

  open(): void {
    this.closed = false;
    for (const go of this.#held.splice(0)) go();
  }
}

function aCommit(limits: Partial<CommitLimits> = {}) {
  const gate = new Gate();
  const store = new FakeChatStore(gate.pass);
  const members = [{ userId: 'bob', permissions: undefined }];
  const common = { by: 'ada', at: 1 } as const;
  store.judge({
    ...common,
    kind: 'create',
    channelId: GROUP,
    type: 'GROUP',
    name: '',
    strategy: 'DURABLE',
    ttl: 0,
    members,
  });
  const committed: number[] = [];
  const commit = new GroupCommit(store, { ...generous, ...limits }, (writes) => committed.push(writes.length));
  return { gate, store, commit, committed };
}

function message(id: string, body = ''): ChatWrite {
  return { kind: 'send', by: 'ada', at: 1, to: { channelId: GROUP }, id, body, parent: 0, attachments: [] };
}

function mark(position: number, by = 'bob'): ChatWrite {
  return { kind: 'mark', by, at: 1, channelId: GROUP, mark: 'READ', position };
}

function positionIn(outcome: ChatOutcome): number {
  return outcome.kind === 'written' && outcome.entries[0] ? positionOf(outcome.entries[0]) : 0;
}

describe('GroupCommit', () => {
  it('writes what comes in one turn in one transaction, what comes during it in the next', async () => {
    const { gate, store, commit, committed } = aCommit();
    const first = [commit.write(message('1')), commit.write(message('2'))];
    await Promise.resolve();
    const next = ['3', '4', '5'].map((id) => commit.write(message(id)));

    gate.open();
    const outcomes = await Promise.all([...first, ...next]);

    expect(outcomes.map(positionIn)).toEqual([2, 3, 4, 5, 6]);
    expect([store.batches.map(({ length }) => length), committed]).toEqual([
      [2, 3],
      [2, 3],
    ]);
  });

  it('writes no more at once than it may, by number and by size, but one however large it is', async () => {
    const { gate, store, commit } = aCommit({ batch: { writes: 3, bytes: 1_000 } });
    const bodies = ['', '', '', '', 'x'.repeat(5_000), 'x'.repeat(500), 'x'.repeat(500)];

    const all = bodies.map((body, index) => commit.write(message(String(index), body)));
    gate.open();
    await Promise.all(all);

    expect(store.batches.map(({ length }) => length)).toEqual([3, 1, 1, 1, 1]);
  });

  it('turns away what comes when too much waits, and nothing that waits', async () => {
    const { gate, commit } = aCommit({ waiting: { writes: 2, bytes: 1e6 } });
    const waiting = [commit.write(message('1')), commit.write(message('2'))];

    await expect(commit.write(message('3'))).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    gate.open();

    expect((await Promise.all(waiting)).map(positionIn)).toEqual([2, 3]);
    expect(commit.stats.overflowed).toBe(1);
  });

  it('tells the callers of a transaction that failed, and nobody else', async () => {
    const { gate, store, commit } = aCommit();
    store.goAway();
    const lost = [commit.write(message('1')), commit.write(message('2'))].map((write) =>
      write.catch((error: unknown) => error),
    );
    gate.open();
    for (const outcome of await Promise.all(lost)) expect(outcome).toMatchObject({ code: 'UNAVAILABLE' });

    store.comeBack();

    expect(positionIn(await commit.write(message('1')))).toBe(2);
    expect(commit.stats).toMatchObject({ committed: 1, failed: 1 });
  });

  it('tells each caller what became of his own write', async () => {
    const { gate, commit } = aCommit();
    const all = [commit.write(message('1')), commit.write({ ...message('2'), by: 'eve' }), commit.write(message('1'))];

    gate.open();

    expect((await Promise.all(all)).map(({ kind }) => kind)).toEqual(['written', 'refused', 'duplicate']);
  });

  it('makes one of the marks of a user that wait together, the furthest', async () => {
    const { gate, store, commit } = aCommit();
    for (const id of ['1', '2', '3']) store.judge(message(id));

    const marks = [mark(2), mark(4), mark(3), mark(2, 'ada')].map((write) => commit.write(write));
    gate.open();

    expect(await Promise.all(marks)).toMatchObject([
      { position: 4 },
      { position: 4 },
      { position: 4 },
      { position: 2 },
    ]);
    expect(store.batches).toMatchObject([[{ position: 4 }, { by: 'ada' }]]);
  });

  it('does not let a mark that is refused take others along', async () => {
    const { gate, commit } = aCommit();

    const marks = [mark(1), mark(99)].map((write) => commit.write(write));
    gate.open();

    expect(await Promise.all(marks)).toMatchObject([{ kind: 'marked', position: 1 }, { kind: 'refused' }]);
  });

  it('stores what waits before it stops, and takes nothing more', async () => {
    const { gate, commit } = aCommit();
    const waiting = commit.write(message('1'));
    const stopped = commit.stop();

    await expect(commit.write(message('2'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    gate.open();
    await stopped;

    expect(positionIn(await waiting)).toBe(2);
  });

  it('answers everybody, whatever comes and whenever the store fails', async () => {
    const writes = fc.oneof(
      fc.nat({ max: 40 }).map((id) => message(String(id), 'x'.repeat(id * 20))),
      fc
        .tuple(fc.nat({ max: 30 }), fc.constantFrom('ada', 'bob', 'eve'))
        .map(([position, by]) => mark(position + 1, by)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(writes, fc.boolean(), fc.nat({ max: 5 })), { maxLength: 60 }),
        async (steps) => {
          const { gate, store, commit } = aCommit({
            batch: { writes: 4, bytes: 2_000 },
            waiting: { writes: 20, bytes: 1e5 },
          });
          gate.closed = false;
          const answers: Promise<string>[] = [];
          for (const [write, away, pause] of steps) {
            if (away) store.goAway();
            else store.comeBack();
            answers.push(
              commit.write(write).then(
                ({ kind }) => kind,
                (error: unknown) => (error instanceof ChatRefusal ? error.code : String(error)),
              ),
            );
            for (let turn = 0; turn < pause; turn++) await Promise.resolve();
          }
          const known = ['written', 'duplicate', 'refused', 'marked', 'UNAVAILABLE', 'RESOURCE_EXHAUSTED'];

          for (const answer of await Promise.all(answers)) expect(known).toContain(answer);
          const positions = store.log(GROUP).entries.map(positionOf);
          expect(positions).toEqual(positions.map((_position, index) => index + 1));
          expect(commit.waiting).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });
});
