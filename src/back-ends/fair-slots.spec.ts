import * as fc from 'fast-check';
import { FairSlots } from './fair-slots.js';

/** Enters and notes who got in. */
function hall(slots: number, queue: number) {
  const fair = new FairSlots(slots, queue);
  const inside: string[] = [];
  const turnedAway: string[] = [];
  return {
    inside,
    turnedAway,
    enter: (client: string, gone?: AbortSignal) =>
      void fair.enter(client, gone).then((mine) => (mine ? inside : turnedAway).push(client)),
    leave: (client: string) => {
      inside.splice(inside.indexOf(client), 1);
      fair.leave(client);
    },
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const of = (client: string, names: readonly string[]) => names.filter((name) => name === client).length;

describe('fair slots', () => {
  it('give one client half of what there is, and each further one as much as is left free', async () => {
    const { enter, inside } = hall(64, 1_000);
    for (let times = 0; times < 70; times++) enter('a');
    await settled();
    expect(inside).toHaveLength(33);
    for (let times = 0; times < 70; times++) enter('b');
    await settled();
    expect(of('b', inside)).toBe(16);
    enter('c');
    await settled();
    expect(of('c', inside)).toBe(1);
  });

  it('serve those that wait client by client', async () => {
    const { enter, leave, inside } = hall(2, 100);
    enter('x');
    enter('y');
    for (let times = 0; times < 5; times++) enter('a');
    enter('b');
    enter('c');
    await settled();
    const order: string[] = [];
    for (let turns = 0; turns < 5; turns++) {
      const [first = ''] = inside;
      leave(first);
      await settled();
      order.push(inside.at(-1) ?? '');
    }
    expect(order.slice(0, 3)).toEqual(['a', 'b', 'c']);
  });

  it('turn away the newest of whoever has most waiting, when no more may wait', async () => {
    const { enter, turnedAway } = hall(1, 10);
    for (let times = 0; times < 20; times++) enter('a');
    await settled();
    expect(turnedAway).toHaveLength(9);
    for (const client of ['b', 'c', 'd']) enter(client);
    await settled();
    expect(turnedAway).toHaveLength(12);
    expect(of('a', turnedAway)).toBe(12);
  });

  it('forget those that have gone', async () => {
    const { enter, leave, inside, turnedAway } = hall(1, 2);
    const gone = new AbortController();
    enter('a');
    enter('b', gone.signal);
    enter('c', AbortSignal.abort());
    enter('d');
    gone.abort();
    await settled();
    expect(turnedAway.toSorted()).toEqual(['b', 'c']);
    leave('a');
    await settled();
    expect(inside).toEqual(['d']);
  });

  it('are all free again in the end, whatever has happened, and nobody waits for ever', async () => {
    const steps = fc.array(fc.record({ client: fc.constantFrom('a', 'b', 'c', ''), leaves: fc.boolean() }), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 5 }),
        async (all, slots, queue) => {
          const { enter, leave, inside, turnedAway } = hall(slots, queue);
          let left = 0;
          for (const { client, leaves } of all) {
            enter(client);
            await settled();
            expect(inside.length).toBeLessThanOrEqual(slots);
            if (leaves && inside[0] !== undefined) {
              leave(inside[0]);
              left++;
            }
          }
          for (await settled(); inside[0] !== undefined; await settled()) {
            leave(inside[0]);
            left++;
          }
          expect(left + turnedAway.length).toBe(all.length);
        },
      ),
    );
  });
});
