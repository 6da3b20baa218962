import * as fc from 'fast-check';
import { roomOf, type Room } from '../../delivery/index.js';
import { RoomGrants } from './room-grants.js';

type Value = Readonly<Record<string, unknown>>;

function room(value: Value): Room {
  const found = roomOf(value);
  if (found === undefined) throw new Error('no room');
  return found;
}

/** The rule of high-templar, grant by grant. */
function permitted(grants: readonly Value[], wanted: Value): boolean {
  const keys = Object.keys(wanted).toSorted();
  return grants.some(
    (grant) =>
      Object.keys(grant).toSorted().join() === keys.join() &&
      keys.every((key) => grant[key] === '*' || room({ key: grant[key] }).text === room({ key: wanted[key] }).text),
  );
}

const aValue = fc.constantFrom<unknown>(1, '1', '*', null, { x: '*' }, { x: 1 });
const aRoom = fc.oneof(
  fc.record({ a: aValue }),
  fc.record({ a: aValue, b: aValue }),
  fc.record({ c: aValue, b: aValue, a: aValue }),
  fc.constant({}),
);

describe('the rooms a client may enter', () => {
  it('are those that a look at every grant would find', () => {
    fc.assert(
      fc.property(fc.array(aRoom, { maxLength: 12 }), aRoom, (allowed, wanted) => {
        expect(new RoomGrants(allowed).permits(room(wanted))).toBe(permitted(allowed, wanted));
      }),
    );
  });

  it('are found among 1,000 grants without looking at each', () => {
    const allowed = Array.from({ length: 1_000 }, (_, index) => ({ target: `t${index}`, customer: '*' }));
    const grants = new RoomGrants(allowed);
    const wanted = Array.from({ length: 1_000 }, (_, index) => room({ target: `t${index}`, customer: index }));

    const looks = jest.spyOn(Map.prototype, 'get');
    const all = wanted.every((one) => grants.permits(one));
    const { length: lookUps } = looks.mock.calls;
    looks.mockRestore();

    expect(all).toBe(true);
    expect(lookUps).toBe(2_000);
    expect(grants.permits(room({ target: 't1000', customer: 1 }))).toBe(false);
  });

  it('are none where a grant cannot be a room', () => {
    const lossy = JSON.parse('{"id":9007199254740993}') as object;

    expect(new RoomGrants([lossy, { id: 'x'.repeat(5_000) }]).permits(room({ id: 1 }))).toBe(false);
  });
});
