import { Pipeline } from './pipeline.js';

/** Pieces of work that end when they are told to. */
function pieces(count: number) {
  return Array.from({ length: count }, () => {
    let end: { resolve: (value: string) => void; reject: (error: Error) => void } | undefined;
    const work = new Promise<string>((resolve, reject) => (end = { resolve, reject }));
    return { work, end: (value: string) => end?.resolve(value), fail: (text: string) => end?.reject(new Error(text)) };
  });
}

describe('Pipeline', () => {
  const told: string[] = [];
  const tell = (outcome: PromiseSettledResult<string>): void => {
    told.push(outcome.status === 'fulfilled' ? outcome.value : String(outcome.reason));
  };

  beforeEach(() => {
    told.length = 0;
  });

  it('finishes in the order of the beginnings, what fails too', async () => {
    const pipeline = new Pipeline();
    const [a, b, c] = pieces(3);
    for (const piece of [a, b, c]) if (piece) pipeline.add(piece.work, tell);

    c?.end('c');
    b?.fail('b');
    await Promise.resolve();
    expect(told).toEqual([]);
    a?.end('a');
    await pipeline.drained();

    expect(told).toEqual(['a', 'Error: b', 'c']);
  });

  it('takes no more than some at a time, and goes on when half of them are done', async () => {
    const pipeline = new Pipeline();
    const all = pieces(64);
    const answers = all.map(({ work }) => pipeline.add(work, tell));
    expect(answers.slice(0, 63).every((answer) => answer === undefined)).toBe(true);
    let room = false;
    void answers[63]?.then(() => (room = true));

    for (const { end } of all.slice(0, 31)) end('x');
    await new Promise((resolve) => setImmediate(resolve));
    expect(room).toBe(false);
    all[31]?.end('x');
    await answers[63];

    expect(told.length).toBe(32);
    for (const { end } of all) end('x');
    await pipeline.drained();
    expect(told.length).toBe(64);
  });
});
