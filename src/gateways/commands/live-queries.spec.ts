import type { DeliveryConfig } from '../../sessions/index.js';
import { LiveQueries } from './live-queries.js';

function aQuery() {
  const live = new LiveQueries({ maxSubscriptions: 10 } as DeliveryConfig);
  return { live, query: live.of('offers', { id: 1 }) };
}

describe('the first query of a watch', () => {
  it('is run once where nothing changes', async () => {
    const { live, query } = aQuery();
    let runs = 0;

    expect(await live.first(query, async () => ++runs)).toEqual({ answer: 1, outdated: false });
  });

  it('is run again after what changed meanwhile', async () => {
    const { live, query } = aQuery();
    let runs = 0;
    const run = async () => {
      if (++runs === 1) live.update(query.id, '"new"');
      return runs;
    };

    expect(await live.first(query, run)).toEqual({ answer: 2, outdated: false });
  });

  it('says that its answer is outdated where the data changes faster than it can be asked for', async () => {
    const { live, query } = aQuery();
    let runs = 0;
    const run = async () => {
      live.update(query.id, '"new"');
      return ++runs;
    };

    expect(await live.first(query, run)).toEqual({ answer: 3, outdated: true });
  });

  it('leaves nothing behind when nobody watches', async () => {
    const { live, query } = aQuery();
    await live.first(query, async () => 1);

    expect([...live.all]).toEqual([]);
  });
});
