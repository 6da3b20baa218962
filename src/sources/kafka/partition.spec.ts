import { Partition } from './partition.js';

function aPartition(next?: bigint): Partition {
  const partition = new Partition({ kind: 'headers', topic: 'news' }, 3, 1);
  partition.next = next;
  return partition;
}

describe('Partition', () => {
  it('is named by its topic and number', () => {
    expect(aPartition().name).toBe('news/3');
  });

  it('gives each message once, whoever brings it', () => {
    const partition = aPartition(5n);

    expect([4n, 5n, 6n, 5n, 6n, 9n, 8n].filter((offset) => partition.claim(offset))).toEqual([5n, 6n, 9n]);
    expect(partition.next).toBe(10n);
  });

  it('goes forward only', () => {
    const partition = aPartition(5n);
    partition.advance(9n);
    partition.advance(7n);

    expect(partition.next).toBe(9n);
  });
});
