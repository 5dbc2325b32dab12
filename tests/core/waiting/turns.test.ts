import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createTurns } from '#core/waiting/turns.ts';

const patiently = { timeout: 10_000, interval: 20 };

/** Works that go on until they are let go. */
function hold(turns: ReturnType<typeof createTurns>, count: number) {
  const begun: number[] = [];
  const gate = Promise.withResolvers<void>();
  const works = Array.from({ length: count }, (_, index) =>
    turns.run(async () => {
      begun.push(index);
      await gate.promise;
      return index;
    }),
  );
  return { begun, letGo: gate.resolve, done: Promise.all(works) };
}

describe('works in turn', () => {
  it('begin in the order in which they came, and settle as they do', async () => {
    const turns = createTurns({ atOnce: 2, atOnceMax: 2 });
    const { begun, letGo, done } = hold(turns, 6);
    await sleep(0);
    expect(begun).toEqual([0, 1]);
    expect(turns.waiting()).toBe(4);
    letGo();
    expect(await done).toEqual([0, 1, 2, 3, 4, 5]);
    expect(begun).toEqual([0, 1, 2, 3, 4, 5]);
    await expect(turns.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await turns.run(async () => 'yes')).toBe('yes');
  });

  it('are more at once where they wait for something else than this process, and as before when nobody waits', async () => {
    const turns = createTurns({ atOnce: 2, atOnceMax: 30 });
    const { begun, letGo, done } = hold(turns, 40);
    await expect.poll(() => begun.length, patiently).toBe(30);
    letGo();
    await done;
    await expect.poll(() => turns.atOnce(), patiently).toBe(2);
  });

  it('are fewer at once while this process is busy', async () => {
    const turns = createTurns({ atOnce: 8, atOnceMax: 8 });
    const { letGo, done } = hold(turns, 10);
    const until = performance.now() + 5_000;
    while (turns.atOnce() > 1 && performance.now() < until) {
      const spinUntil = performance.now() + 150;
      while (performance.now() < spinUntil);
      await sleep(0);
    }
    expect(turns.atOnce()).toBe(1);
    letGo();
    await done;
  });
});
