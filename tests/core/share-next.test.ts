import { describe, expect, it } from 'vitest';
import { shareNext } from '#core/share-next.ts';

describe('calls of a shared run', () => {
  it('that come while one is under way share the next, however many they are', async () => {
    const ends: (() => void)[] = [];
    const call = shareNext(() => new Promise<void>((resolve) => void ends.push(resolve)));
    const first = call();
    const others = [call(), call(), call()];
    expect(ends).toHaveLength(1);
    ends[0]?.();
    await first;
    await Promise.resolve();
    expect(ends).toHaveLength(2);
    ends[1]?.();
    await Promise.all(others);
    expect(ends).toHaveLength(2);
  });

  it('get a run of their own when none is under way', async () => {
    let runs = 0;
    const call = shareNext(async () => {
      runs += 1;
    });
    await call();
    await call();
    expect(runs).toBe(2);
  });

  it('fail with their own run alone', async () => {
    let runs = 0;
    const call = shareNext(async () => {
      runs += 1;
      if (runs === 1) throw new Error('the store is away');
    });
    const [first, second] = await Promise.allSettled([call(), call()]);
    expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
  });
});
