import { describe, expect, it } from 'vitest';
import { findTooLittle } from '#tests/chaos/minimums.ts';
import { createPlan } from '#tests/chaos/plan.ts';
import { createRandom } from '#tests/chaos/random.ts';
import { scales } from '#tests/chaos/scales.ts';

describe('a plan', () => {
  const { full } = scales;
  const planOf = (seed: number) => createPlan(createRandom(seed), full, 'redis');

  it('follows from its seed', () => {
    expect(planOf(7)).toEqual(planOf(7));
    expect(planOf(8)).not.toEqual(planOf(7));
  });

  it('has 60 kills at least, and 20 faults of each kind', () => {
    const plan = planOf(7);
    const names = plan.map((mishap) =>
      mishap.what === 'provider' || mishap.what === 'platform' ? mishap.fault : mishap.what,
    );
    const counts = Map.groupBy(names, (name) => name);
    expect(counts.get('kill')?.length).toBeGreaterThanOrEqual(60);
    for (const fault of ['rate_limit', 'server_error', 'hang', 'truncated', 'rate_limited', 'cut_after'] as const) {
      expect(counts.get(fault)?.length, fault).toBeGreaterThanOrEqual(20);
    }
    expect(plan.every(({ atMs }) => atMs >= 0 && atMs <= full.faultsMs)).toBe(true);
  });

  it('is not carried out when any of it is missing', () => {
    const counts = new Map([
      ['kill bots', 60],
      ['postgres SIGKILL', 6],
    ]);
    const missing = findTooLittle(full, 'redis', { counts }, { batches: 199, errands: { zip: 2, show: 3 } });
    expect(
      missing.filter((sentence) =>
        /batches|provider hang|cut_after|without its memory|errand zip|errand show/.test(sentence),
      ),
    ).toHaveLength(5);
    expect(missing.some((sentence) => sentence.includes('kills'))).toBe(false);
  });
});
