import { expect, it } from 'vitest';
import { budgetsOf } from '#bots/telegram/limits.ts';
import { settleBudgets, type Taken, takeBudgets } from '#core/postings/take-budgets.ts';
import { createTestCore, type TestCore } from '#tests/factories.ts';
import { createRateLimiter, documentedRates } from '#tests/servers/telegram-rates.ts';

const stepMs = 250;
const minuteMs = 60_000;
const group = -100_500;

/** Time that passes when told to, for the rows and for the platform's limits. */
function createTime(core: TestCore) {
  let skippedMs = 0;
  return {
    now: () => Date.now() + skippedMs,
    async skip(ms: number, underWay: readonly { taken: Taken }[]) {
      skippedMs += ms;
      const seconds = ms / 1000;
      await core.sql`update rate_budgets
        set taken_at = array(select at - make_interval(secs => ${seconds}) from unnest(taken_at) at)`;
      for (const { taken } of underWay) {
        const [row] = await core.sql`
          select (${taken.stamp}::text::timestamptz - make_interval(secs => ${seconds}))::text as stamp`;
        taken.stamp = row?.stamp;
      }
    },
  };
}

interface UnderWay {
  taken: Taken;
  /** When the platform counts it, and when we hear of that. */
  countedAt: number;
  overAt: number;
  counted: boolean;
  messages: number;
}

it('a group gets as much as the documented limits allow, and never more, however long calls are on their way', {
  timeout: 60_000,
}, async () => {
  await using core = await createTestCore();
  const time = createTime(core);
  const take = createRateLimiter(documentedRates, 1, time.now);
  const refused: number[] = [];
  const passed: { at: number; messages: number }[] = [];
  let underWay: UnderWay[] = [];
  // An album, its buttons, a card and its edits: in a group somebody always wants more.
  const wanted = [1, 10, 1, 1, 2, 10, 1];
  let next = 0;
  const startedAt = time.now();
  for (let step = 0; time.now() - startedAt < 4 * minuteMs; step += 1) {
    for (const call of underWay) {
      if (!call.counted && call.countedAt <= time.now()) {
        call.counted = true;
        if (take(group, true, call.messages) > 0) refused.push(call.messages);
      }
      if (call.counted && call.overAt <= time.now()) await settleBudgets(core.deps, call.taken);
    }
    underWay = underWay.filter(({ counted, overAt }) => !counted || overAt > time.now());
    const messages = wanted[next % wanted.length] ?? 1;
    const took = await takeBudgets(core.deps, 'telegram', budgetsOf(group, messages, 'final'), { urgency: 'final' });
    if ('taken' in took) {
      next += 1;
      const countedAt = time.now() + ((step * 7) % 9) * stepMs;
      passed.push({ at: time.now() - startedAt, messages });
      underWay.push({
        taken: took.taken,
        countedAt,
        overAt: countedAt + (step % 3) * stepMs,
        counted: false,
        messages,
      });
    }
    await time.skip(stepMs, underWay);
  }
  expect(refused).toEqual([]);
  const sum = passed.reduce((total, { messages }) => total + messages, 0);
  // Twenty a minute, but for what an album leaves free that does not fit any more and what calls take on their way.
  expect(sum).toBeGreaterThan(4 * 13);
  expect(sum).toBeLessThanOrEqual(5 * 20);
});
