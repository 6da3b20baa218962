import { batchOf, lengthAsChecksum } from '../../../test/support/kafka/wire.js';
import { AbortedTransactions } from './aborted-transactions.js';
import { readBatches } from './record-batch.js';

const TRANSACTIONAL = 16;
const MARKER = 16 + 32;

/** One batch for each letter, with the offsets 0, 1, …: producers are named by letters, markers by capitals, `.` is none. */
function covered(log: string, aborted: Readonly<Record<number, string>>): string {
  const transactions = Object.entries(aborted).map(([offset, producer]) => {
    return { producerId: idOf(producer), firstOffset: BigInt(offset) };
  });
  const watch = new AbortedTransactions(transactions);
  const bytes = [...log].map((letter, index) => {
    const isMarker = letter !== letter.toLowerCase();
    const attributes = letter === '.' ? 0 : isMarker ? MARKER : TRANSACTIONAL;
    return batchOf({ baseOffset: BigInt(index), attributes, producerId: letter === '.' ? -1n : idOf(letter) });
  });
  const { batches } = readBatches(Buffer.concat(bytes), lengthAsChecksum);
  return batches.map((batch) => (watch.covers(batch) ? 'x' : '-')).join('');
}

function idOf(letter: string): bigint {
  return BigInt(letter.toLowerCase().charCodeAt(0));
}

describe('AbortedTransactions', () => {
  it.each([
    ['nothing that was aborted', 'a.aA.', {}, '-----'],
    ['up to its marker', 'aaA', { 0: 'a' }, 'xxx'],
    ['of one producer alone', 'ab.aAbB', { 0: 'a' }, 'x--xx--'],
    ['not the next transaction of the producer', 'aAaA', { 0: 'a' }, 'xx--'],
    ['not the one before', 'aAaA', { 2: 'a' }, '--xx'],
    ['each of several, in any order', 'aAbaBA', { 3: 'a', 0: 'a', 2: 'b' }, 'xxxxxx'],
    ['one that began before the answer', 'aA', { '-5': 'a' }, 'xx'],
  ])('covers %s', (_name, log, aborted, expected) => {
    expect(covered(log, aborted)).toBe(expected);
  });
});
