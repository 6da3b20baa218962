import * as fc from 'fast-check';
import { Batch } from './batch.js';

const [a, b, c] = ['a', 'bb', 'ccc'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];

function listOf(...frames: readonly Buffer[]): Batch {
  return frames.reduce((batch, frame) => batch.shared(frame), Batch.empty());
}

describe('Batch', () => {
  it('joins its frames in the order in which they came', () => {
    expect(listOf(a, b, c).join().toString()).toBe('abbccc');
  });

  it('knows how many bytes it holds', () => {
    expect([Batch.empty().bytes, listOf(a, b, c).bytes]).toEqual([0, 6]);
  });

  it('is never changed by what grows out of it', () => {
    const before = listOf(a);
    before.shared(b);
    before.own(c, true);

    expect(before.join().toString()).toBe('a');
  });

  describe('sharing', () => {
    it('gives everybody who adds the same frame next the same list', () => {
      const start = Batch.empty();

      expect(start.shared(a).shared(b)).toBe(start.shared(a).shared(b));
    });

    it('goes by the frame itself, not by what it says', () => {
      const start = Batch.empty();

      expect(start.shared(a)).not.toBe(start.shared(Buffer.from('a')));
    });

    it('joins the bytes of a shared list once', () => {
      const list = listOf(a, b);

      expect(list.join()).toBe(list.join());
    });

    it('copies nothing for a list of one frame', () => {
      expect(listOf(a).join()).toBe(a);
    });

    it('keeps what belongs to one session out of everybody else’s list', () => {
      const start = listOf(a);
      const mine = start.own(b, true);

      expect(start.shared(b)).not.toBe(mine);
      expect(start.own(b, true)).not.toBe(mine);
    });
  });

  describe('newest', () => {
    it('keeps the newest that fit, in their order, and counts what went', () => {
      const { kept, dropped } = listOf(a, b, c).newest(5);

      expect([kept.join().toString(), kept.bytes, dropped]).toEqual(['bbccc', 5, 1]);
    });

    it('drops everything older than the first that does not fit, however small', () => {
      const { kept, dropped } = listOf(a, c, b).newest(4);

      expect([kept.join().toString(), dropped]).toEqual(['bb', 2]);
    });

    it('drops no reply, wherever it stands', () => {
      const list = Batch.empty().own(a, true).shared(b).own(Buffer.from('!'), true).shared(c);

      const { kept, dropped } = list.newest(3);

      expect([kept.join().toString(), dropped]).toEqual(['a!ccc', 1]);
    });

    it('keeps a reply a reply', () => {
      const list = Batch.empty().own(a, true).shared(b);

      expect(list.newest(2).kept.newest(0).kept.join().toString()).toBe('a');
    });

    it('of nothing is nothing', () => {
      expect(Batch.empty().newest(0)).toEqual({ kept: Batch.empty(), dropped: 0 });
    });
  });

  it('joins any frames as Buffer.concat does', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 })), (parts) => {
        const frames = parts.map((part) => Buffer.from(part));

        expect(listOf(...frames).join()).toEqual(Buffer.concat(frames));
      }),
    );
  });

  it('joins a list of 100,000 frames without a deep call stack', () => {
    expect(listOf(...Array<Buffer>(100_000).fill(a)).join()).toHaveLength(100_000);
  });
});
