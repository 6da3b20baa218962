import { FakeClock } from '../../../test/support/builders/index.js';
import type { Fingerprint } from './fingerprint.js';
import { Idempotency } from './idempotency.js';
import type { Publication } from './publication.js';

function anIdempotency(keys = 10) {
  const clock = new FakeClock();
  return { clock, idempotency: new Idempotency(clock, { idempotencyWindow: 1_000, idempotencyKeys: keys }) };
}

/** A publication of which so many events are accepted, and which counts how often it was published. */
function aPublication(accepted = 1) {
  const fingerprint: Fingerprint = { bytes: 0, whole: true, digest: '' };
  const counted = {
    published: 0,
    publish: async () => {
      counted.published++;
      await new Promise(setImmediate);
      return { accepted, failure: undefined, fingerprint };
    },
    repeats: () => Promise.resolve(true),
  } satisfies Publication & { published: number };
  return counted;
}

describe('Idempotency', () => {
  it('remembers a key for the window and no longer', async () => {
    const { clock, idempotency } = anIdempotency();
    const publication = aPublication();
    await idempotency.once('k', publication);
    clock.advance(999);
    expect(await idempotency.once('k', publication)).toMatchObject({ kind: 'repeated' });
    clock.advance(1);
    expect(await idempotency.once('k', publication)).toMatchObject({ kind: 'first' });
    expect(publication.published).toBe(2);
  });

  it('remembers so many keys; the oldest goes first', async () => {
    const { idempotency } = anIdempotency(2);
    for (const key of ['a', 'b', 'c']) await idempotency.once(key, aPublication());
    expect(idempotency.size).toBe(2);
    expect(await idempotency.once('b', aPublication())).toMatchObject({ kind: 'repeated' });
    expect(await idempotency.once('a', aPublication())).toMatchObject({ kind: 'first' });
  });

  it('lets those that came at once try one after the other while nothing is accepted', async () => {
    const { idempotency } = anIdempotency();
    const [failing, working] = [aPublication(0), aPublication()];
    const outcomes = await Promise.all([failing, failing, working, working].map((one) => idempotency.once('k', one)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['first', 'first', 'first', 'repeated']);
    expect([failing.published, working.published]).toEqual([2, 1]);
  });

  it('frees the key of a publication that threw', async () => {
    const { idempotency } = anIdempotency();
    const broken = { ...aPublication(), publish: () => Promise.reject(new Error('broken')) };
    await expect(idempotency.once('k', broken)).rejects.toThrow('broken');
    expect(await idempotency.once('k', aPublication())).toMatchObject({ kind: 'first' });
  });
});
