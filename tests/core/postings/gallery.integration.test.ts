import { describe, expect, it } from 'vitest';
import { postGallery } from '#core/batches/post-gallery.ts';
import { ProviderError } from '#core/ports/images.ts';
import { ann, createChat, deliverAll } from '#tests/core/postings/chat.ts';
import { request, type TestCore } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

describe('a gallery', () => {
  it('is posted once, its pages complete and in order, although its job ran five times at once', async () => {
    await using core = await createChat();
    const batch = await request(core, ann, 'a fox --n 23');
    await core.queue.run({ ...core.deps, queue: { ...core.queue, enqueue: dropGalleries(core) } });
    const [row] = await core.sql`select workspace_id from batches`;
    const job = { workspaceId: String(row?.workspace_id), batchId: batch, requestId: 'test' };
    const other = await core.otherProcess();
    await Promise.all([1, 2, 3, 4, 5].map((run) => postGallery(run % 2 ? core.deps : other, job)));
    await deliverAll(core);
    await postGallery(core.deps, job);
    await deliverAll(core);
    const pages = core.chat.messages().filter(({ part }) => !part.progress);
    expect(pages.map(({ part }) => part.images.length)).toEqual([10, 10, 3]);
    expect(pages.flatMap(({ part }) => part.images.map(({ name }) => name))).toEqual(
      Array.from({ length: 23 }, (_, index) => `${batch}-${index + 1}.png`),
    );
    expect(core.chat.messages().filter(({ part }) => part.progress)).toHaveLength(1);
  });

  it('is not owed when no picture came', async () => {
    const provider = createFakeProvider();
    provider.failNext(new ProviderError('content_blocked', 'no', { retryable: false }), { times: 9 });
    await using core = await createChat({ providers: [provider] });
    await request(core, ann, 'a fox --n 2');
    await core.queue.run(core.deps);
    await deliverAll(core);
    expect(core.chat.messages().map(({ part }) => part.title)).toEqual([{ key: 'card.failed', values: { count: 2 } }]);
  });
});

function dropGalleries(core: TestCore): TestCore['queue']['enqueue'] {
  return (jobs) => core.queue.enqueue(jobs.filter((job) => job.name !== 'post-gallery'));
}
