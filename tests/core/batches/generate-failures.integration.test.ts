import { describe, expect, it } from 'vitest';
import { attemptsMax } from '#core/batches/fail-image.ts';
import { type ImageProvider, ProviderError } from '#core/ports/images.ts';
import { RunLater } from '#core/ports/queue.ts';
import { ann, card } from '#tests/core/batches/dispatched.ts';
import { books, createTestCore, imagesOf, request } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

const blocked = new ProviderError('content_blocked', 'no', { retryable: false });
const serverError = new ProviderError('server', 'oops', { retryable: true });

describe('a picture that fails', () => {
  it('is tried again by the queue, each try counted, and then comes', async () => {
    const provider = createFakeProvider();
    provider.failNext(serverError, { times: attemptsMax - 1 });
    await using core = await createTestCore({ providers: [provider] });
    const batch = await request(core, ann, 'a fox');
    await core.queue.run(core.deps);
    expect(core.queue.failures).toEqual(Array(attemptsMax - 1).fill(serverError));
    expect((await imagesOf(core, batch))[0]).toMatchObject({ state: 'succeeded', attempts: attemptsMax });
    expect(new Set(provider.calls.map((call) => call.key)).size).toBe(1);
  });

  it('fails for good after the last try, with its credits returned and the reason on the card', async () => {
    const provider = createFakeProvider();
    provider.failNext(serverError, { times: 100 });
    await using core = await createTestCore({ providers: [provider] });
    const batch = await request(core, ann, 'a fox');
    await core.queue.run(core.deps);
    expect(provider.calls).toHaveLength(attemptsMax);
    expect((await imagesOf(core, batch))[0]).toMatchObject({ state: 'failed', failure: 'server' });
    expect(await books(core)).toEqual({ reserve: 1, settle: 0, refund: 1, held: 0, spent: 0 });
    expect(await card(core, ann, batch)).toMatchObject({
      tone: 'error',
      lines: [{}, { key: 'card.failure', values: { reason: { key: 'errors.provider.server' } } }],
    });
  });

  it('is blocked alone: the others come, it is paid back, and the card says why', async () => {
    const provider = createFakeProvider();
    provider.failNext(blocked, { times: 100, prompt: (prompt) => prompt === 'bad' });
    await using core = await createTestCore({ providers: [provider] });
    const batch = await request(core, ann, 'a fox\nbad\na cat');
    await core.queue.run(core.deps);
    expect((await imagesOf(core, batch)).map((row) => row.state)).toEqual(['succeeded', 'blocked', 'succeeded']);
    expect(provider.calls).toHaveLength(3);
    expect(await books(core)).toEqual({ reserve: 3, settle: 2, refund: 1, held: 0, spent: 2 });
    expect((await card(core, ann, batch)).lines).toContainEqual({
      key: 'card.failure',
      values: { count: 1, numbers: { list: [2] }, reason: { key: 'errors.provider.content_blocked' } },
    });
  });

  it('waits as long as the provider asks, which is no try; dispatch waits too', async () => {
    const provider = createFakeProvider({ concurrency: 1 });
    const retryAfterMs = 3_600_000;
    provider.failNext(new ProviderError('rate_limited', 'slow down', { retryable: true, retryAfterMs }));
    await using core = await createTestCore({ providers: [provider] });
    const batch = await request(core, ann, 'a fox --n 2');
    await core.queue.run(core.deps);
    expect(provider.calls).toHaveLength(1);
    expect(core.queue.failures).toEqual([expect.any(RunLater)]);
    expect(core.queue.delayed).toContainEqual({
      job: expect.objectContaining({ name: 'generate-image' }),
      delayMs: retryAfterMs,
    });
    const [clock] =
      await core.sql`select extract(epoch from paused_until - now())::float8 as left from dispatch_clocks`;
    expect(clock?.left).toBeGreaterThan(retryAfterMs / 1000 - 60);
    expect((await imagesOf(core, batch)).map(({ state, attempts }) => ({ state, attempts }))).toEqual([
      { state: 'dispatched', attempts: 0 },
      { state: 'queued', attempts: 0 },
    ]);

    await core.sql`update dispatch_clocks set paused_until = now()`;
    core.queue.ripen();
    await core.queue.run(core.deps);
    expect((await imagesOf(core, batch)).map(({ state, attempts }) => ({ state, attempts }))).toEqual([
      { state: 'succeeded', attempts: 1 },
      { state: 'succeeded', attempts: 1 },
    ]);
  });

  it('fails when its model is gone', async () => {
    await using core = await createTestCore();
    const batch = await request(core, ann, 'a fox');
    await core.sql`update images set model = 'withdrawn'`;
    await core.queue.run(core.deps);
    expect((await imagesOf(core, batch))[0]).toMatchObject({ state: 'failed', failure: 'model_gone', attempts: 1 });
    expect(await books(core)).toMatchObject({ refund: 1, held: 0 });
  });

  it('times out at the deadline of its model', async () => {
    const provider = createFakeProvider({ gated: true, models: [{ deadlineMs: 20 }] });
    await using core = await createTestCore({ providers: [provider] });
    const batch = await request(core, ann, 'a fox');
    await core.queue.run(core.deps);
    expect(provider.calls.map((call) => call.state)).toEqual(Array(attemptsMax).fill('failed'));
    expect((await imagesOf(core, batch))[0]).toMatchObject({ state: 'failed', failure: 'timeout' });
  });

  it('is tried again when the answer is no picture', async () => {
    const honest = createFakeProvider();
    let left = 1;
    const provider: ImageProvider = {
      ...honest,
      generate: async (asked, options) => {
        const result = await honest.generate(asked, options);
        return left-- > 0 ? { ...result, bytes: new TextEncoder().encode('<html>sorry</html>') } : result;
      },
    };
    await using core = await createTestCore({ providers: [provider] });
    const batch = await request(core, ann, 'a fox');
    await core.queue.run(core.deps);
    expect(core.queue.failures).toEqual([expect.objectContaining({ name: 'ProviderError', reason: 'bad_answer' })]);
    expect((await imagesOf(core, batch))[0]).toMatchObject({ state: 'succeeded', attempts: 2 });
  });
});
