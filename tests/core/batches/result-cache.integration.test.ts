import { describe, expect, it } from 'vitest';
import { dispatchNext } from '#core/batches/dispatch-next.ts';
import { generateImage } from '#core/batches/generate-image.ts';
import { evictResults } from '#core/batches/result-cache.ts';
import { ProviderError } from '#core/ports/images.ts';
import { acrossWorkspaces } from '#db/client.ts';
import { noSignal } from '#tests/core/batches/dispatched.ts';
import { books, createTestCore, request, sender, type TestCore } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

const people = ['ann', 'ben', 'cat', 'dan', 'eve'].map((name) => sender(name));

async function runAll(core: TestCore): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await core.queue.run(core.deps);
    if (core.queue.delayed.length === 0) return;
    core.queue.ripen();
  }
}

const statesOf = async (core: TestCore) =>
  (await core.sql<{ state: string }[]>`select state from images order by id`).map(({ state }) => state);

describe('the same request with the same seed', () => {
  it('is made once when it is asked for five times at once, by two processes, and everybody pays for their own', async () => {
    const provider = createFakeProvider({ concurrency: 8, gated: true });
    await using core = await createTestCore({ providers: [provider] });
    const other = await core.otherProcess();
    for (const who of people) await request(core, who, 'a fox --seed 7');
    core.queue.empty();
    await dispatchNext(core.deps, 'fake');
    const jobs = core.queue.waiting.flatMap((job) => (job.name === 'generate-image' ? [job.data] : []));
    expect(jobs).toHaveLength(5);
    const first = Promise.allSettled(
      jobs.map((job, index) => generateImage(index % 2 ? other : core.deps, job, noSignal())),
    );
    await provider.called(1);
    provider.finishAll();
    await first;
    await runAll(core);
    expect(provider.calls).toHaveLength(1);
    expect(await statesOf(core)).toEqual(Array(5).fill('succeeded'));
    const rows = await core.sql`select distinct original, thumbnail, width, height from images`;
    expect(rows).toHaveLength(1);
    expect(await books(core)).toMatchObject({ settle: 5, held: 0, spent: 5 });
    const [paid] = await core.sql`select sum(money_micros)::int as micros from ledger`;
    expect(paid?.micros).toBe(10_000);
  });

  it('is made by the next when the first could not make it', async () => {
    const provider = createFakeProvider({ concurrency: 8 });
    provider.failNext(new ProviderError('bad_request', 'no', { retryable: false }));
    await using core = await createTestCore({ providers: [provider] });
    for (const who of people.slice(0, 3)) await request(core, who, 'a fox --seed 7');
    await runAll(core);
    expect(await statesOf(core)).toEqual(['failed', 'succeeded', 'succeeded']);
    expect(provider.calls).toHaveLength(2);
  });

  it.each([
    ['another seed', 'a fox --seed 8'],
    ['another prompt', 'a cat --seed 7'],
    ['another shape', 'a fox --seed 7 --ar 16:9'],
    ['no seed of the person', 'a fox'],
  ])('is not the same with %s', async (_, text) => {
    const provider = createFakeProvider();
    await using core = await createTestCore({ providers: [provider] });
    await request(core, people[0] ?? sender('ann'), 'a fox --seed 7');
    await runAll(core);
    await request(core, people[1] ?? sender('ben'), text);
    await runAll(core);
    expect(provider.calls).toHaveLength(2);
  });

  it('is made anew for another workspace, and where its file is gone', async () => {
    const provider = createFakeProvider();
    await using core = await createTestCore({ providers: [provider] });
    await request(core, sender('ann'), 'a fox --seed 7');
    await request(core, sender('ann', { workspace: 'away' }), 'a fox --seed 7');
    await runAll(core);
    expect(provider.calls).toHaveLength(2);
    for (const { original } of await core.sql<{ original: string }[]>`select original from cached_results`)
      await core.deps.blobs.delete(original);
    await request(core, sender('ben'), 'a fox --seed 7');
    await runAll(core);
    expect(provider.calls).toHaveLength(3);
    expect(await statesOf(core)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  });
});

it('forgets what is old, and beyond its size and number what was not asked for longest', async () => {
  await using core = await createTestCore();
  for (const seed of [1, 2, 3, 4]) await request(core, sender('ann'), `a fox --seed ${seed}`);
  await runAll(core);
  const left = async () =>
    (
      await core.sql<{ seed: number }[]>`
      select seed::int from cached_results join images using (request_hash) order by seed`
    ).map(({ seed }) => seed);
  expect(await left()).toEqual([1, 2, 3, 4]);
  const [row] = await core.sql<{ bytes: number }[]>`select max(bytes) as bytes from cached_results`;
  const aged = (seed: number, column: string, days: number) =>
    core.sql.unsafe(`update cached_results set ${column} = now() - interval '${days} days'
      where request_hash = (select request_hash from images where seed = ${seed})`);
  await aged(1, 'created_at', 8);
  await aged(3, 'used_at', 2);
  const evict = (bytesMax: number, rowsMax = 100) =>
    acrossWorkspaces(core.deps.db, (tx) => evictResults(tx, { keptDays: 7, bytesMax, rowsMax }));
  await evict(1e9);
  expect(await left()).toEqual([2, 3, 4]);
  await evict(2 * (row?.bytes ?? 0));
  expect(await left()).toEqual([2, 4]);
  await aged(2, 'used_at', 1);
  await evict(1e9, 1);
  expect(await left()).toEqual([4]);
});
