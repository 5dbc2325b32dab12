import { describe, expect, it } from 'vitest';
import { dispatchNext } from '#core/batches/dispatch-next.ts';
import { failOrphans } from '#core/batches/fail-orphans.ts';
import { sweep } from '#core/batches/sweep.ts';
import { ann, dispatched } from '#tests/core/batches/dispatched.ts';
import { books, createTestCore, imagesOf, request, type TestCore } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

describe('sweep', () => {
  const age = (core: TestCore) => core.sql`
    update images set dispatched_at = dispatched_at - interval '1 minute', finished_at = finished_at - interval '1 minute'`;

  it('queues a dispatched image again when its job is lost', async () => {
    const provider = createFakeProvider();
    await using core = await createTestCore({ providers: [provider] });
    const { batch } = await dispatched(core, 'a fox');
    await age(core);
    await sweep(core.deps);
    await core.queue.run(core.deps);
    expect((await imagesOf(core, batch))[0]).toMatchObject({ state: 'succeeded' });
    expect(provider.calls).toHaveLength(1);
  });

  it('leaves alone what has its job, and steps that are under way', async () => {
    await using core = await createTestCore();
    const { job } = await dispatched(core, 'a fox');
    await sweep(core.deps);
    expect(core.queue.waiting).toEqual([]);
    await age(core);
    await core.queue.enqueue([{ name: 'generate-image', id: `generate-image-${job.imageId}`, data: job }]);
    await sweep(core.deps);
    expect(core.queue.waiting).toHaveLength(1);
  });

  it('makes the gallery of a finished batch whose job is lost, once', async () => {
    await using core = await createTestCore();
    const batch = await request(core, ann, 'a fox --n 2');
    const id = `post-gallery-${batch}`;
    const [first, ...rest] = core.queue.waiting;
    expect([first?.name, rest.length]).toEqual(['dispatch-next', 0]);
    await core.queue.run(withoutGalleries(core));
    await core.sql`update batches set finished_at = finished_at - interval '1 minute'`;
    await sweep(core.deps);
    await sweep(core.deps);
    expect(core.queue.waiting.map((job) => job.id)).toEqual([id]);
    await core.queue.run(core.deps);
    await sweep(core.deps);
    expect(core.queue.waiting).toEqual([]);
    const [row] = await core.sql`select gallery_at is not null as posted from batches`;
    expect(row).toEqual({ posted: true });
  });

  it('fills room that nobody filled', async () => {
    await using core = await createTestCore();
    const batch = await request(core, ann, 'a fox --n 3');
    core.queue.empty();
    await sweep(core.deps);
    await core.queue.run(core.deps);
    expect((await imagesOf(core, batch)).map((row) => row.state)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  });

  it('brings everything back after the queue was emptied at any step, and charges nothing twice', async () => {
    const provider = createFakeProvider({ concurrency: 2 });
    await using core = await createTestCore({ providers: [provider] });
    const batch = await request(core, ann, 'a fox --n 6');
    for (let round = 0; round < 8; round += 1) {
      core.queue.empty();
      await age(core);
      await core.sql`update batches set finished_at = finished_at - interval '1 minute'`;
      await sweep(core.deps);
      const only = core.queue.waiting.slice(0, 1);
      core.queue.empty();
      await core.queue.enqueue(only);
      await core.queue.run({ ...core.deps, queue: { ...core.queue, enqueue: async () => undefined } });
    }
    expect((await imagesOf(core, batch)).map((row) => row.state)).toEqual(Array(6).fill('succeeded'));
    expect(provider.calls).toHaveLength(6);
    expect(await books(core)).toEqual({ reserve: 6, settle: 6, refund: 0, held: 0, spent: 6 });
    const [row] = await core.sql`select gallery_at is not null as posted from batches`;
    expect(row).toEqual({ posted: true });
  });

  it('gives the credits of a provider that was switched off back, once it has been gone for a while', async () => {
    await using core = await createTestCore({ providers: [createFakeProvider({ concurrency: 1 })] });
    const batch = await request(core, ann, 'a fox --n 3');
    const [dispatch] = core.queue.waiting;
    await dispatchNext(core.deps, dispatch?.name === 'dispatch-next' ? dispatch.data.providerId : '');
    const without = { ...core.deps, providers: [] };
    await failOrphans(without);
    expect((await imagesOf(core, batch)).map((row) => row.state)).toEqual(['dispatched', 'queued', 'queued']);
    await core.sql`update images set created_at = created_at - interval '61 minutes'`;
    await failOrphans(without);
    expect((await imagesOf(core, batch)).map((row) => row.state)).toEqual(['dispatched', 'queued', 'queued']);
    await core.sql`update images set dispatched_at = dispatched_at - interval '61 minutes'`;
    await failOrphans(core.deps);
    expect((await imagesOf(core, batch)).map((row) => row.state)).toEqual(['dispatched', 'queued', 'queued']);
    await failOrphans(without);
    expect((await imagesOf(core, batch)).map((row) => row.state)).toEqual(['failed', 'failed', 'failed']);
    expect(await books(core)).toEqual({ reserve: 3, settle: 0, refund: 3, held: 0, spent: 0 });
    expect(core.queue.waiting.map((job) => job.id)).toContain(`post-gallery-${batch}`);
  });

  it('forgets deliveries after a week, and processes that have been silent for an hour', async () => {
    await using core = await createTestCore();
    for (const word of ['old', 'young']) await request(core, ann, word);
    const keys = await core.sql<{ key: string }[]>`select delivery_key as key from calls order by created_at`;
    const [old, young] = keys.map(({ key }) => key);
    await core.sql`update calls set created_at = now() - interval '7 days 1 minute' where delivery_key = ${old ?? ''}`;
    await core.sql`update calls set created_at = now() - interval '6 days 23 hours' where delivery_key = ${young ?? ''}`;
    const { workerId } = await core.otherProcess();
    await core.sql`update workers set seen_at = now() - interval '61 minutes' where id = ${workerId}`;
    await sweep(core.deps);
    expect([...(await core.sql`select delivery_key as key from calls`)]).toEqual([{ key: young }]);
    expect([...(await core.sql`select id from workers`)]).toEqual([{ id: core.deps.workerId }]);
  });

  it('takes previews away once nothing shows them', async () => {
    await using core = await createTestCore();
    const batch = await request(core, ann, 'a fox');
    await core.queue.run(core.deps);
    const [row] = await core.sql<{ partial: string }[]>`select partial from images where batch_id = ${batch}`;
    await core.deps.blobs.read(row?.partial ?? '');
    await core.sql`update images set finished_at = now() - interval '10 minutes'`;
    await sweep(core.deps);
    expect([...(await core.sql`select partial from images`)]).toEqual([{ partial: null }]);
    await expect(core.deps.blobs.read(row?.partial ?? '')).rejects.toThrow('no blob');
  });
});

/** A process that dies each time before it names the gallery's job. */
function withoutGalleries(core: TestCore): TestCore['deps'] {
  const enqueue: TestCore['queue']['enqueue'] = (jobs) =>
    core.queue.enqueue(jobs.filter((job) => job.name !== 'post-gallery'));
  return { ...core.deps, queue: { ...core.queue, enqueue } };
}
