import { describe, expect, it } from 'vitest';
import { DeliveryError, type RateBudget } from '#core/ports/chat.ts';
import { deliverDue } from '#core/postings/deliver.ts';
import { blockBudget, takeBudgets } from '#core/postings/take-budgets.ts';
import { createTestCore, request, sender, type TestCore } from '#tests/factories.ts';
import { createFakePlatform } from '#tests/fakes/platform.ts';

const hour = 3_600_000;
const budget = (key: string, burst: number, cost = 1): RateBudget => ({ key, everyMs: hour, burst, cost });
const take = (core: Pick<TestCore, 'deps'>, budgets: RateBudget[], final = true) =>
  takeBudgets(core.deps, 'fake', budgets, { final });

describe('a budget', () => {
  it('gives its burst, then says how long to wait', async () => {
    await using core = await createTestCore();
    expect([await take(core, [budget('a', 2)]), await take(core, [budget('a', 2)])]).toEqual([0, 0]);
    const waitMs = await take(core, [budget('a', 2)]);
    expect(waitMs).toBeGreaterThan(hour * 0.9);
    expect(waitMs).toBeLessThanOrEqual(hour);
    expect(await take(core, [budget('b', 1)])).toBe(0);
  });

  it('is exact when many processes take at once', async () => {
    await using core = await createTestCore();
    const other = await core.otherProcess();
    const waits = await Promise.all(
      Array.from({ length: 40 }, (_, index) => take({ deps: index % 2 ? other : core.deps }, [budget('shared', 7)])),
    );
    expect(waits.filter((waitMs) => waitMs === 0)).toHaveLength(7);
  });

  it('is left untouched when another of the same call is used up', async () => {
    await using core = await createTestCore();
    await take(core, [budget('small', 1)]);
    expect(await take(core, [budget('large', 1), budget('small', 1)])).toBeGreaterThan(0);
    expect(await take(core, [budget('large', 1)])).toBe(0);
  });

  it('keeps a part of its burst for what is final', async () => {
    await using core = await createTestCore();
    const progress = await Promise.all(Array.from({ length: 4 }, () => take(core, [budget('a', 4)], false)));
    expect(progress.filter((waitMs) => waitMs === 0)).toHaveLength(2);
    expect(await take(core, [budget('a', 4)])).toBe(0);
  });

  it('lets a call that costs more than its burst through when it is full, and makes the next wait for all of it', async () => {
    await using core = await createTestCore();
    expect(await take(core, [budget('a', 2, 5)])).toBe(0);
    expect(await take(core, [budget('a', 2)])).toBeGreaterThan(3 * hour);
  });

  it('that the platform blocked is asked for no sooner than it said', async () => {
    await using core = await createTestCore();
    await blockBudget(core.deps, 'fake', 'a', 2 * hour);
    await blockBudget(core.deps, 'fake', 'a', hour);
    expect(await take(core, [budget('a', 10)])).toBeGreaterThan(1.9 * hour);
  });
});

describe('a platform with a budget over all channels', () => {
  async function createLimited(budgets: RateBudget[]) {
    const chat = createFakePlatform({ budgets });
    return { chat, core: await createTestCore({ platforms: [chat.platform] }) };
  }
  const askIn = async (core: TestCore, channels: string[]) => {
    for (const channel of channels) await request(core, sender('ann', { channel }), 'a fox');
    await core.sql`update postings set due_at = now()`;
  };

  it('is sent no more than it allows, and the rest waits without being counted as tried', async () => {
    const { chat, core } = await createLimited([budget('all', 4)]);
    await using _ = core;
    await askIn(core, ['a', 'b', 'c', 'd']);
    while ((await deliverDue(core.deps)) > 0);
    expect(chat.sends).toHaveLength(2);
    const waiting =
      await core.sql`select attempts from postings where shown = 0 and due_at > now() + interval '10 minutes'`;
    expect([...waiting]).toEqual([{ attempts: 0 }, { attempts: 0 }]);
  });

  it('that answers 429 for a budget is left in peace by every channel for as long as it said', async () => {
    const { chat, core } = await createLimited([budget('all', 1000)]);
    await using _ = core;
    await askIn(core, ['a', 'b', 'c']);
    chat.failNext(
      new DeliveryError('rate_limited', 'slow down', { retryable: true, retryAfterMs: hour, budget: 'all' }),
      1,
    );
    while ((await deliverDue(core.deps)) > 0);
    const before = chat.sends.length;
    await core.sql`update postings set due_at = now()`;
    while ((await deliverDue(core.deps)) > 0);
    expect(chat.sends).toHaveLength(before);
  });
});
