import { describe, expect, it } from 'vitest';
import { generateImage } from '#core/batches/generate-image.ts';
import type { ImageProvider } from '#core/ports/images.ts';
import { RunLater } from '#core/ports/queue.ts';
import { ann, dispatched, noSignal } from '#tests/core/batches/dispatched.ts';
import { books, createTestCore, imagesOf, request, say, sender } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

describe('a batch that is cancelled', () => {
  it('ends the call that runs, and a late answer changes nothing', async () => {
    const deaf = createFakeProvider({ gated: true, concurrency: 2 });
    const aborted: string[] = [];
    const late = Promise.withResolvers<void>();
    const provider: ImageProvider = {
      ...deaf,
      generate: async (asked, options) => {
        options.signal.addEventListener('abort', () => aborted.push(options.key));
        const answer = deaf.generate(asked, { ...options, signal: noSignal() });
        await late.promise;
        return answer;
      },
    };
    await using core = await createTestCore({ providers: [provider] });
    const batch = await request(core, ann, 'a fox --n 3');
    const running = core.queue.run(core.deps);
    await deaf.called(2);
    const heard = new Promise<void>((resolve) => {
      core.deps.bus.on('cancelled', () => resolve());
    });
    await say(core, ann, `/cancel ${batch}`);
    await heard;
    expect(aborted.sort()).toEqual(
      (await imagesOf(core, batch))
        .slice(0, 2)
        .map((row) => `image-${row.id}`)
        .sort(),
    );
    const before = await imagesOf(core, batch);
    deaf.finishAll();
    late.resolve();
    await running;
    await core.queue.run(core.deps);
    expect(before.map((row) => row.state)).toEqual(['cancelled', 'cancelled', 'cancelled']);
    expect(await imagesOf(core, batch)).toEqual(before);
    expect(deaf.calls).toHaveLength(2);
    expect(await books(core)).toEqual({ reserve: 3, settle: 0, refund: 3, held: 0, spent: 0 });
  });

  it('gives the room of its running images to others at once', async () => {
    const provider = createFakeProvider({ gated: true, concurrency: 1 });
    await using core = await createTestCore({ providers: [provider] });
    const batch = await request(core, ann, 'a fox');
    await request(core, sender('ben'), 'a cat');
    const running = core.queue.run(core.deps);
    await provider.called(1);
    await say(core, ann, `/cancel ${batch}`);
    const next = core.queue.run(core.deps);
    await provider.called(2);
    expect(provider.calls[1]?.request.prompt).toBe('a cat');
    provider.finishAll();
    await Promise.all([running, next]);
  });

  it('cannot be cancelled a second time, nor once it is finished', async () => {
    await using core = await createTestCore();
    const batch = await request(core, ann, 'a fox');
    await core.queue.run(core.deps);
    const late = await say(core, ann, `/cancel ${batch}`);
    expect(late).toMatchObject({ message: { lines: [{ key: 'errors.batch.finished' }] } });
    expect(await books(core)).toMatchObject({ settle: 1, refund: 0 });
  });
});

describe('a process that stops', () => {
  it('hands its image back uncounted, for another to make', async () => {
    const provider = createFakeProvider({ gated: true });
    await using core = await createTestCore({ providers: [provider] });
    const { batch, job } = await dispatched(core, 'a fox');
    const stopping = new AbortController();
    const stopped = generateImage(core.deps, job, stopping.signal);
    await provider.called(1);
    stopping.abort();
    await expect(stopped).rejects.toThrow(RunLater);
    expect((await imagesOf(core, batch))[0]).toMatchObject({ state: 'dispatched', attempts: 0, worker_id: null });
    provider.finishAll();
    await generateImage(await core.otherProcess(), job, noSignal());
    expect((await imagesOf(core, batch))[0]).toMatchObject({ state: 'succeeded', attempts: 1 });
  });
});
