import { setTimeout as sleep } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { dispatchNext } from '#core/batches/dispatch-next.ts';
import { generateImage } from '#core/batches/generate-image.ts';
import { renderGallery } from '#core/batches/render-gallery.ts';
import { sweep } from '#core/batches/sweep.ts';
import { type ImageModel, ProviderError } from '#core/ports/images.ts';
import { RunLater } from '#core/ports/queue.ts';
import { acrossWorkspaces } from '#db/client.ts';
import { batches } from '#db/schema/index.ts';
import { ann, card, noSignal } from '#tests/core/batches/dispatched.ts';
import { books, createTestCore, imagesOf, request, say, sender, type TestCore } from '#tests/factories.ts';
import { fakeLimits } from '#tests/fakes/platform.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

const down = new ProviderError('server', 'oops', { retryable: true });
const olga = sender('olga', { role: 'owner' });

/** As time passes: what the provider's pause and the queue's delays hold back is let go. */
async function letTimePass(core: TestCore, ms: number): Promise<void> {
  await sleep(ms);
  await core.sql`update dispatch_clocks set paused_until = now()`;
  core.queue.ripen();
}

async function runUntilDone(core: TestCore, batch: string, pauseMs: number): Promise<void> {
  for (let turn = 0; turn < 60; turn += 1) {
    await core.queue.run(core.deps);
    const rows = await imagesOf(core, batch);
    if (rows.every(({ state }) => !['queued', 'dispatched'].includes(state))) return;
    await letTimePass(core, pauseMs);
    await sweep(core.deps);
  }
  throw new Error('the batch does not end');
}

async function galleryOf(core: TestCore, id: string) {
  return acrossWorkspaces(core.deps.db, async (tx) => {
    const [batch] = await tx.select().from(batches).where(eq(batches.id, id));
    const place = { channelId: batch?.channelId ?? null, alone: false };
    return batch && renderGallery(tx, core.deps, batch, { limits: fakeLimits, as: 'pictures', place });
  });
}

describe('a provider that is down', () => {
  it('is asked now and then by one call alone, and its images wait without losing a try', async () => {
    const provider = createFakeProvider({ concurrency: 4 });
    provider.failNext(down, { times: 12 });
    await using core = await createTestCore({ providers: [provider], breakers: { probeAfterMs: 50 } });
    const batch = await request(core, ann, 'a fox --n 8');
    await core.queue.run(core.deps);
    const first = provider.calls.length;
    expect(first).toBeLessThanOrEqual(8);
    expect((await card(core, ann, batch)).lines).toContainEqual({ key: 'card.paused' });
    await core.queue.run(core.deps);
    expect(provider.calls.length, 'nothing is asked before the pause ends').toBe(first);
    await letTimePass(core, 60);
    await core.queue.run(core.deps);
    expect(provider.calls.length, 'one probe').toBe(first + 1);
    await runUntilDone(core, batch, 60);
    expect((await imagesOf(core, batch)).map(({ state }) => state)).toEqual(Array(8).fill('succeeded'));
    expect(provider.calls.length).toBe(8 + 12);
    expect(await books(core)).toMatchObject({ settle: 8, refund: 0, held: 0 });
  });

  it('hands its images to the next that can make them, which the card says, for the same credits', async () => {
    const [first, second] = [
      createFakeProvider({ id: 'first', models: [{ id: 'one', credits: 3 }] }),
      createFakeProvider({
        id: 'second',
        models: [
          { id: 'dear', credits: 4 },
          { id: 'two', credits: 2 },
        ],
      }),
    ];
    first.failNext(down, { times: 1000 });
    await using core = await createTestCore({ providers: [first, second], breakers: { probeAfterMs: 60_000 } });
    const batch = await request(core, ann, 'a fox --n 12');
    await runUntilDone(core, batch, 1);
    const rows = await core.sql<{ state: string; model: string }[]>`select state, model from images`;
    expect(new Set(rows.map(({ state, model }) => `${state} ${model}`))).toEqual(new Set(['succeeded two']));
    expect(await books(core)).toMatchObject({ reserve: 36, settle: 36, refund: 0, held: 0, spent: 36 });
    const moved = { key: 'gallery.moved', values: { count: 12, asked: 'one', model: 'two' } };
    expect((await card(core, ann, batch)).lines).toContainEqual(moved);
    expect((await galleryOf(core, batch))?.message.lines).toEqual([moved]);
    expect([...(await core.sql`select waiting from person_lanes where waiting <> 0`)]).toEqual([]);
    expect([...(await core.sql`select waiting from workspace_lanes where waiting <> 0`)]).toEqual([]);
  });

  it.each<[string, { flags?: string; seed?: string; placeholder?: boolean }, Partial<ImageModel>]>([
    ['the workspace does not want it', { flags: '/settings --failover off' }, {}],
    ['a rule forbids the other', { flags: '/admin policy --deny-models two' }, {}],
    ['a rule of the channel forbids the other', { flags: '/admin policy --allow-models one --scope channel' }, {}],
    ['the other is dearer', {}, { credits: 2 }],
    ['the other takes no such prompt', {}, { promptCharsMax: 3 }],
    ['the other cannot repeat the seed that was asked for', { seed: ' --seed 7' }, { seeds: false }],
    ['the other is a stand-in', { placeholder: true }, {}],
  ])('keeps them where %s', async (_, { flags, seed = '', placeholder = false }, model) => {
    const first = createFakeProvider({ id: 'first', models: [{ id: 'one', credits: 1 }] });
    const second = createFakeProvider({ id: 'second', models: [{ id: 'two', ...model }], placeholder });
    first.failNext(new ProviderError('auth', 'no key', { retryable: false }), { times: 10 });
    await using core = await createTestCore({ providers: [first, second] });
    if (flags) await say(core, olga, flags);
    const batch = await request(core, ann, `a fox${seed}`);
    await core.queue.run(core.deps);
    expect(second.calls).toEqual([]);
    expect((await imagesOf(core, batch))[0]).toMatchObject({ state: 'failed', failure: 'auth' });
    expect(await books(core)).toMatchObject({ settle: 0, refund: 1, held: 0 });
  });

  it('leaves an image to the next at once, in a size that it has, which the card says', async () => {
    const [first, second] = [
      createFakeProvider({ id: 'first', models: [{ id: 'one' }] }),
      createFakeProvider({
        id: 'second',
        models: [{ id: 'two', sizes: { kind: 'list', sizes: [{ width: 512, height: 512 }] } }],
      }),
    ];
    first.failNext(new ProviderError('auth', 'no key', { retryable: false }));
    await using core = await createTestCore({ providers: [first, second] });
    const batch = await request(core, ann, 'a fox --ar 16:9');
    core.queue.empty();
    await dispatchNext(core.deps, 'first');
    const [old] = core.queue.waiting;
    await core.queue.run(core.deps);
    expect(second.calls.map((call) => call.request.size)).toEqual([{ width: 512, height: 512 }]);
    expect((await imagesOf(core, batch))[0]).toMatchObject({ state: 'succeeded', warnings: ['size_changed'] });
    await core.queue.enqueue(old ? [old] : []);
    await core.queue.run(core.deps);
    expect([first.calls.length, second.calls.length]).toEqual([1, 1]);
  });

  it('cannot have an image back that moved: its own job leaves it alone', async () => {
    const [first, second] = [
      createFakeProvider({ id: 'first', models: [{ id: 'one' }] }),
      createFakeProvider({ id: 'second', models: [{ id: 'two' }], gated: true }),
    ];
    first.failNext(new ProviderError('auth', 'no key', { retryable: false }));
    await using core = await createTestCore({ providers: [first, second] });
    await request(core, ann, 'a fox');
    core.queue.empty();
    await dispatchNext(core.deps, 'first');
    const [old] = core.queue.waiting;
    const run = core.queue.run(core.deps);
    await second.called(1);
    if (old?.name === 'generate-image') await generateImage(core.deps, old.data, noSignal());
    expect(second.calls).toHaveLength(1);
    second.finishAll();
    await run;
  });

  it('is not gone back to: an image is moved once', async () => {
    const [first, second] = [
      createFakeProvider({ id: 'first', models: [{ id: 'one' }] }),
      createFakeProvider({ id: 'second', models: [{ id: 'two' }] }),
    ];
    const refused = new ProviderError('quota', 'used up', { retryable: false });
    for (const provider of [first, second]) provider.failNext(refused, { times: 10 });
    await using core = await createTestCore({ providers: [first, second] });
    const batch = await request(core, ann, 'a fox');
    await core.queue.run(core.deps);
    expect([first.calls.length, second.calls.length]).toEqual([1, 1]);
    expect((await imagesOf(core, batch))[0]).toMatchObject({ state: 'failed', failure: 'quota' });
  });
});

describe('a limit of calls a minute', () => {
  it('is kept by all processes together, and what is over it waits without losing a try', async () => {
    const provider = createFakeProvider({ concurrency: 16, callsPerMinute: 5 });
    await using core = await createTestCore({ providers: [provider] });
    const other = await core.otherProcess();
    const batch = await request(core, ann, 'a fox --n 16');
    core.queue.empty();
    await dispatchNext(core.deps, 'fake');
    const jobs = core.queue.waiting.flatMap((job) => (job.name === 'generate-image' ? [job.data] : []));
    expect(jobs).toHaveLength(16);
    const ends = await Promise.allSettled(
      jobs.map((job, index) => generateImage(index % 2 ? other : core.deps, job, noSignal())),
    );
    expect(provider.calls).toHaveLength(1);
    expect(ends.filter((end) => end.status === 'rejected' && end.reason instanceof RunLater)).toHaveLength(15);
    const rows = await imagesOf(core, batch);
    expect(rows.filter(({ attempts }) => attempts === 0)).toHaveLength(15);

    core.queue.empty();
    await core.sql`update images set dispatched_at = dispatched_at - interval '10 seconds' where state = 'dispatched'`;
    await core.sql`update dispatch_clocks set paused_until = now()`;
    await sweep(other);
    expect(core.queue.waiting.length).toBe(15);
    await core.queue.run(other);
    expect(provider.calls, 'the limit outlives the queue').toHaveLength(1);
    // As 12 seconds later: the five of a minute are spread over it.
    await core.sql`update rate_budgets set taken_at = array(select at - interval '12 seconds' from unnest(taken_at) at)`;
    await core.sql`update dispatch_clocks set paused_until = now()`;
    core.queue.ripen();
    await core.queue.run(other);
    expect(provider.calls).toHaveLength(2);
  });
});

it('a pause is kept when the queue has forgotten everything', async () => {
  const provider = createFakeProvider({ concurrency: 2 });
  provider.failNext(new ProviderError('rate_limited', 'slow down', { retryable: true, retryAfterMs: 3_600_000 }));
  await using core = await createTestCore({ providers: [provider] });
  const batch = await request(core, ann, 'a fox --n 4');
  await core.queue.run(core.deps);
  const asked = provider.calls.length;
  core.queue.empty();
  await core.sql`update images set dispatched_at = dispatched_at - interval '10 seconds' where state = 'dispatched'`;
  await sweep(core.deps);
  await core.queue.run(core.deps);
  expect(provider.calls.length, 'nothing is asked before the pause ends').toBe(asked);
  await core.sql`update dispatch_clocks set paused_until = now()`;
  await runUntilDone(core, batch, 1);
  expect((await imagesOf(core, batch)).map(({ state }) => state)).toEqual(Array(4).fill('succeeded'));
});
