import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { inTurns } from '#core/in-turns.ts';

it('work in steps lets others come in between when it takes long, and gives what it gave', async () => {
  const order: string[] = [];
  function* work() {
    for (const step of ['first', 'second']) {
      const startedAt = performance.now();
      while (performance.now() - startedAt < 30);
      order.push(step);
      yield;
    }
    return 'done';
  }
  const other = setImmediate().then(() => order.push('other'));
  expect(await inTurns(work())).toBe('done');
  await other;
  expect(order).toEqual(['first', 'other', 'second']);
});

it('fails with what the work fails with', async () => {
  function* work(): Generator<void, never> {
    yield;
    throw new Error('no');
  }
  await expect(inTurns(work())).rejects.toThrow('no');
});
