import { describe, expect, it } from 'vitest';
import { DeliveryError, type RateBudget, type Urgency } from '#core/ports/delivery.ts';
import { deliverDue } from '#core/postings/deliver.ts';
import { blockBudget } from '#core/postings/hold-budgets.ts';
import { settleBudgets, takeBudgets } from '#core/postings/take-budgets.ts';
import { createTestCore, request, sender, type TestCore } from '#tests/factories.ts';
import { createFakePlatform } from '#tests/fakes/platform.ts';

const hour = 3_600_000;
const budget = (key: string, limit: number, cost = 1): RateBudget => {
  return { key, limit, windowMs: hour, cost, progressLimit: Math.floor(limit / 2) };
};
type Core = Pick<TestCore, 'deps'>;

async function take(core: Core, budgets: RateBudget[], urgency: Urgency = 'final'): Promise<number> {
  const took = await takeBudgets(core.deps, 'fake', budgets, { urgency });
  return 'waitMs' in took ? took.waitMs : 0;
}

async function call(core: Core, budgets: RateBudget[], used?: number): Promise<void> {
  const took = await takeBudgets(core.deps, 'fake', budgets, { urgency: 'final' });
  if (!('taken' in took)) throw new Error('it does not fit');
  await settleBudgets(core.deps, took.taken, () => used);
}

/** As if so long had passed. */
const pass = (core: TestCore, ms: number) => core.sql`
  update rate_budgets set taken_at = array(select at - make_interval(secs => ${ms / 1000}) from unnest(taken_at) at)`;

describe('a budget', () => {
  it('gives its limit, then says how long until there is room', async () => {
    await using core = await createTestCore();
    await call(core, [budget('a', 2)]);
    await pass(core, hour / 2);
    await call(core, [budget('a', 2)]);
    const waitMs = await take(core, [budget('a', 2)]);
    expect(waitMs).toBeGreaterThan(hour * 0.4);
    expect(waitMs).toBeLessThanOrEqual(hour / 2);
    expect(await take(core, [budget('a', 2, 2)])).toBeGreaterThan(hour * 0.9);
    expect(await take(core, [budget('b', 1)])).toBe(0);
    await pass(core, hour / 2);
    expect(await take(core, [budget('a', 2)])).toBe(0);
  });

  it('is exact when many processes take at once', async () => {
    await using core = await createTestCore();
    const other = await core.otherProcess();
    const waits = await Promise.all(
      Array.from({ length: 40 }, (_, index) => take({ deps: index % 2 ? other : core.deps }, [budget('shared', 7)])),
    );
    expect(waits.filter((waitMs) => waitMs === 0)).toHaveLength(7);
  });

  it('counts a call while it is under way, and from its end on, as nobody knows when the platform counted it', async () => {
    await using core = await createTestCore();
    const took = await takeBudgets(core.deps, 'fake', [budget('a', 1)], { urgency: 'final' });
    await pass(core, hour);
    expect(await take(core, [budget('a', 1)])).toBeGreaterThan(0);
    if ('taken' in took) await settleBudgets(core.deps, took.taken);
    expect(await take(core, [budget('a', 1)])).toBeGreaterThan(hour * 0.9);
  });

  it('counts a call whose process died as over after a while', async () => {
    await using core = await createTestCore();
    await take(core, [budget('a', 1)]);
    await pass(core, hour + 120_000);
    expect(await take(core, [budget('a', 1)])).toBe(0);
  });

  it('gets back what a call did not need, and counts what it needed more', async () => {
    await using core = await createTestCore();
    await call(core, [budget('a', 9, 9)], 2);
    await call(core, [budget('a', 9, 7)], 0);
    await call(core, [budget('a', 9, 1)], 7);
    expect(await take(core, [budget('a', 9)])).toBeGreaterThan(0);
  });

  it('is left untouched when another of the same call is used up', async () => {
    await using core = await createTestCore();
    await take(core, [budget('small', 1)]);
    expect(await take(core, [budget('large', 1), budget('small', 1)])).toBeGreaterThan(0);
    expect(await take(core, [budget('large', 1)])).toBe(0);
  });

  it('keeps a part for what is not progress', async () => {
    await using core = await createTestCore();
    const progress = await Promise.all(Array.from({ length: 4 }, () => take(core, [budget('a', 4)], 'progress')));
    expect(progress.filter((waitMs) => waitMs === 0)).toHaveLength(2);
    expect(await take(core, [budget('a', 4)], 'first')).toBe(0);
    expect(await take(core, [budget('a', 4)])).toBe(0);
  });

  it('lets a call that costs more than the limit through when nothing else is in the window', async () => {
    await using core = await createTestCore();
    expect(await take(core, [budget('a', 2, 5)])).toBe(0);
    expect(await take(core, [budget('a', 2)])).toBeGreaterThan(0.9 * hour);
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
    const { chat, core } = await createLimited([budget('all', 2)]);
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
