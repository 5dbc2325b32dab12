import { describe, expect, it } from 'vitest';
import { createChatCore } from '#core/chat-core.ts';
import type { RateBudget } from '#core/ports/delivery.ts';
import { createPacer } from '#core/postings/create-pacer.ts';
import { createTestCore, sender, type TestCore } from '#tests/factories.ts';
import { createFakePlatform } from '#tests/fakes/platform.ts';

const hour = 3_600_000;
const budget: RateBudget = { key: 'all', limit: 1, windowMs: hour, cost: 1, progressLimit: 1 };
/** Each place that is taken; whether its call is over. */
const places = async ({ sql }: TestCore) =>
  (await sql`select at <= clock_timestamp() as over from rate_budgets, unnest(taken_at) at`).map(({ over }) => over);

describe("a platform's own call", () => {
  it('counts like any other', async () => {
    await using core = await createTestCore();
    let during: boolean[] = [];
    await createPacer(core.deps)('fake', [budget], async () => {
      during = await places(core);
    });
    expect(during).toEqual([false]);
    expect(await places(core)).toEqual([true]);
  });

  it('that fails counts too, as nobody knows what the platform made of it', async () => {
    await using core = await createTestCore();
    await expect(
      createPacer(core.deps)('fake', [budget], () => Promise.reject(new Error('cut off'))),
    ).rejects.toThrow();
    expect(await places(core)).toEqual([true]);
  });

  it('is not made where it would have to wait for too long', async () => {
    await using core = await createTestCore();
    await createPacer(core.deps)('fake', [budget], async () => undefined);
    let called = false;
    const call = createPacer(core.deps)('fake', [budget], async () => {
      called = true;
    });
    await expect(call).rejects.toMatchObject({ reason: 'rate_limited', retryable: true });
    expect(called).toBe(false);
  });

  it('waits in line with the others, so that a crowd asks for little more than it gets', async () => {
    await using core = await createTestCore();
    let asked = 0;
    const db = new Proxy(core.deps.db, {
      get(target, name, receiver) {
        if (name === 'execute') asked += 1;
        return Reflect.get(target, name, receiver);
      },
    });
    const paced = createPacer({ ...core.deps, db });
    const order: number[] = [];
    const few = { ...budget, windowMs: 50 };
    const crowd = Array.from({ length: 60 }, (_, index) => paced('fake', [few], async () => void order.push(index)));
    await Promise.all(crowd);
    expect(order.toSorted((one, other) => one - other)).toEqual(crowd.map((_, index) => index));
    // Each takes and settles once, some ask twice; where all asked in every window, it would be some eighteen hundred times.
    expect(asked).toBeLessThan(240);
  });
});

describe("a command's own reply", () => {
  async function createCounting() {
    const chat = createFakePlatform({ limits: { repliesCount: true }, budgets: [budget] });
    const core = await createTestCore({ platforms: [chat.platform] });
    await chat.platform.start(createChatCore(core.deps));
    return { chat, core };
  }
  const ann = (channel: string) => sender('ann', { channel, limits: { repliesCount: true } });

  it('counts while it is under way, and as made when it was shown', async () => {
    const { chat, core } = await createCounting();
    await using _ = core;
    chat.hold();
    const shown = chat.call(ann('a'), '/imagine a fox');
    await chat.held(1);
    expect(await places(core)).toEqual([false]);
    chat.release();
    await shown;
    await expect.poll(() => places(core)).toEqual([true]);
  });

  it('that is refused to the person alone gives its place back', async () => {
    const { chat, core } = await createCounting();
    await using _ = core;
    await chat.call(ann('a'), '/imagine a fox --n 999');
    expect(await places(core)).toEqual([]);
    expect(await chat.call(ann('a'), '/imagine a fox')).toMatchObject({ kind: 'message' });
  });

  it('that the channel has no room for gives its place back, and the outbox shows it', async () => {
    const { chat, core } = await createCounting();
    await using _ = core;
    await chat.call(ann('a'), '/imagine a fox');
    await expect.poll(() => places(core)).toEqual([true]);
    await core.sql`update rate_budgets set taken_at = '{}'`;
    await core.sql`update channels set next_send_at = now() + interval '1 hour'`;
    expect(await chat.call(ann('a'), '/imagine a fox')).toEqual({ kind: 'later' });
    expect(await places(core)).toEqual([]);
  });
});
