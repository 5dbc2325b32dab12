import { describe, expect, it } from 'vitest';
import { createChatCore } from '#core/chat-core.ts';
import type { RateBudget } from '#core/ports/chat.ts';
import { createPaceCall } from '#core/postings/pace-call.ts';
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
    await createPaceCall(core.deps)('fake', [budget], async () => {
      during = await places(core);
    });
    expect(during).toEqual([false]);
    expect(await places(core)).toEqual([true]);
  });

  it('that fails counts too, as nobody knows what the platform made of it', async () => {
    await using core = await createTestCore();
    await expect(
      createPaceCall(core.deps)('fake', [budget], () => Promise.reject(new Error('cut off'))),
    ).rejects.toThrow();
    expect(await places(core)).toEqual([true]);
  });

  it('is not made where it would have to wait for too long', async () => {
    await using core = await createTestCore();
    await createPaceCall(core.deps)('fake', [budget], async () => undefined);
    let called = false;
    const call = createPaceCall(core.deps)('fake', [budget], async () => {
      called = true;
    });
    await expect(call).rejects.toMatchObject({ reason: 'rate_limited', retryable: true });
    expect(called).toBe(false);
  });

  it('is not made where very many wait already, however short the wait', async () => {
    await using core = await createTestCore();
    const pace = createPaceCall(core.deps);
    const roomy = { key: 'all', limit: 200, progressLimit: 200, windowMs: 3_000 };
    await pace('fake', [{ ...roomy, cost: 200 }], async () => undefined);
    const calls = Array.from({ length: 120 }, () => pace('fake', [{ ...roomy, cost: 1 }], async () => undefined));
    const ends = await Promise.allSettled(calls);
    expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(20);
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
    await core.sql`update rate_budgets set taken_at = '{}'`;
    await core.sql`update channels set next_send_at = now() + interval '1 hour'`;
    expect(await chat.call(ann('a'), '/imagine a fox')).toEqual({ kind: 'later' });
    expect(await places(core)).toEqual([]);
  });
});
