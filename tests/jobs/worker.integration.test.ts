import { describe, expect, it, vi } from 'vitest';
import { ProviderError } from '#core/ports/images.ts';
import { createJobQueue, generateQueue, mainQueue } from '#jobs/queue.ts';
import { startWorker, workerQueues } from '#jobs/worker.ts';
import { books, createTestCore, imagesOf, request, sender, type TestCore } from '#tests/factories.ts';
import { createFakePlatform } from '#tests/fakes/platform.ts';
import { createFakeProvider, type FakeProvider } from '#tests/fakes/provider.ts';
import { openTestBackend } from '#tests/jobs/open-test-backend.ts';
import { isDoneCard, isGallery, playgroundClient } from '#tests/playground-client.ts';
import { startTestApp } from '#tests/start-test-app.ts';

const ann = sender('ann');
// Recovery after a death takes up to 25 s.
const within = { timeout: 45_000, interval: 20 };

/** A core whose jobs run by themselves, in a process of the real kind. */
async function createRunning(provider: FakeProvider) {
  const chat = createFakePlatform();
  const core = await createTestCore({ providers: [provider], platforms: [chat.platform] });
  const start = async (deps: TestCore['deps']) => {
    const backend = await openTestBackend(core.databaseUrl, workerQueues(deps).length);
    const queue = await createJobQueue(backend, [provider.id], deps.log);
    const own = { ...deps, queue };
    const worker = await startWorker(own, backend);
    return {
      deps: own,
      backend,
      async stop() {
        await worker.stop();
        await queue.close();
        await backend.close();
      },
    };
  };
  return { core, chat, start };
}

const statesOf = async (core: TestCore, batch: string) => (await imagesOf(core, batch)).map((row) => row.state);

describe('a worker', () => {
  it('carries a batch from request to gallery', async () => {
    const { core, chat, start } = await createRunning(createFakeProvider());
    const running = await start(core.deps);
    const batch = await request(running, ann, 'a fox --n 5');
    await core.sql`update postings set due_at = now()`;
    await chat.until((messages) => messages.some(({ part }) => !part.progress && part.images.length === 5));
    await chat.until((messages) => messages.some(({ part }) => part.progress?.done === 5));
    expect(await statesOf(core, batch)).toEqual(Array(5).fill('succeeded'));
    expect(chat.messages()).toHaveLength(2);
    await running.stop();
    await core[Symbol.asyncDispose]();
  });

  it('shows progress while it sends something large elsewhere', async () => {
    const provider = createFakeProvider({ gated: true, models: [{ deadlineMs: 60_000 }] });
    const { core, chat, start } = await createRunning(provider);
    const { send } = chat.platform;
    const endSlow = Promise.withResolvers<void>();
    chat.platform.send = async (to, part, attempt) => {
      if (to.channel.endsWith('slow')) await endSlow.promise;
      return send(to, part, attempt);
    };
    const running = await start(core.deps);
    await request(running, sender('bo', { channel: 'slow' }), 'a whale');
    await core.sql`update postings set due_at = now()`;
    const batch = await request(running, ann, 'a fox --n 2');
    await provider.called(3);
    await core.sql`update postings set due_at = now() where batch_id = ${batch}`;
    await chat.until((messages) => messages.length === 1);
    provider.calls.find((call) => call.request.prompt === 'a fox')?.finish();
    await chat.until((messages) => messages.some(({ part }) => part.progress?.done === 1));
    endSlow.resolve();
    provider.finishAll();
    await chat.until(
      (messages) => messages.filter(({ part }) => !part.progress && part.images.length > 0).length === 2,
    );
    await running.stop();
    await core[Symbol.asyncDispose]();
  });

  it('puts a job off without counting it, more often than the queue would try one', async () => {
    const provider = createFakeProvider();
    provider.failNext(new ProviderError('rate_limited', 'slow', { retryable: true, retryAfterMs: 1 }), { times: 33 });
    const { core, start } = await createRunning(provider);
    const running = await start(core.deps);
    const batch = await request(running, ann, 'a fox');
    await vi.waitFor(async () => expect(await statesOf(core, batch)).toEqual(['succeeded']), within);
    expect((await imagesOf(core, batch))[0]?.attempts).toBe(1);
    expect(provider.calls).toHaveLength(34);
    await running.stop();
    await core[Symbol.asyncDispose]();
  });

  it('tries a picture again that failed for a passing reason', async () => {
    const provider = createFakeProvider();
    provider.failNext(new ProviderError('server', 'oops', { retryable: true }));
    const { core, start } = await createRunning(provider);
    const running = await start(core.deps);
    const batch = await request(running, ann, 'a fox');
    await vi.waitFor(async () => expect(await statesOf(core, batch)).toEqual(['succeeded']), within);
    expect((await imagesOf(core, batch))[0]?.attempts).toBe(2);
    await running.stop();
    await core[Symbol.asyncDispose]();
  });

  it('drops a job it cannot read or does not know, and goes on', async () => {
    const { core, start } = await createRunning(createFakeProvider());
    const running = await start(core.deps);
    const queue = await running.backend.openQueue(mainQueue);
    const bad = { attempts: 30, backoff: { type: 'fixed', delay: 1 }, removeOnComplete: true, removeOnFail: false };
    await queue.add('dispatch-next', { providerId: 7 }, { ...bad, jobId: 'unreadable' });
    await queue.add('paint-the-fence', {}, { ...bad, jobId: 'unknown-name' });
    for (const id of ['unreadable', 'unknown-name']) {
      await vi.waitFor(async () => expect(await queue.getJobState(id)).toBe('failed'), within);
      expect((await queue.getJob(id))?.attemptsMade).toBe(1);
    }
    const batch = await request(running, ann, 'a fox');
    await vi.waitFor(async () => expect(await statesOf(core, batch)).toEqual(['succeeded']), within);
    await queue.close();
    await running.stop();
    await core[Symbol.asyncDispose]();
  });

  it('loses nothing when the queue forgets everything', async () => {
    const provider = createFakeProvider({ gated: true, concurrency: 2 });
    const { core, start } = await createRunning(provider);
    const first = await start(core.deps);
    const batch = await request(first, ann, 'a fox --n 6');
    await provider.called(2);
    for (const name of [mainQueue, generateQueue('fake')]) {
      const queue = await first.backend.openQueue(name);
      await queue.obliterate({ force: true });
      await queue.close();
    }
    provider.finishAll();
    await core.sql`update images set dispatched_at = dispatched_at - interval '1 minute'`;
    await vi.waitFor(async () => expect(await statesOf(core, batch)).toEqual(Array(6).fill('succeeded')), within);
    expect(await books(core)).toEqual({ reserve: 6, settle: 6, refund: 0, held: 0, spent: 6 });
    expect(provider.calls).toHaveLength(6);
    await first.stop();
    await core[Symbol.asyncDispose]();
  });

  it('hands a running image back when it stops, and another process makes it', async () => {
    const provider = createFakeProvider({ gated: true, models: [{ deadlineMs: 60_000 }] });
    const { core, start } = await createRunning(provider);
    const first = await start(core.deps);
    const batch = await request(first, ann, 'a fox');
    await provider.called(1);
    await first.stop();
    expect(provider.calls[0]?.state).toBe('failed');
    expect((await imagesOf(core, batch))[0]).toMatchObject({ state: 'dispatched', attempts: 0, worker_id: null });
    const second = await start(await core.otherProcess());
    await provider.called(2);
    provider.finishAll();
    await vi.waitFor(async () => expect(await statesOf(core, batch)).toEqual(['succeeded']), within);
    expect((await imagesOf(core, batch))[0]?.attempts).toBe(1);
    expect(await core.sql`select 1 from workers where id = ${core.deps.workerId}`).toHaveLength(0);
    await second.stop();
    await core[Symbol.asyncDispose]();
  });

  it('lets a running image finish when that is soon enough', async () => {
    const provider = createFakeProvider({ gated: true, models: [{ deadlineMs: 60_000 }] });
    const { core, start } = await createRunning(provider);
    const running = await start(core.deps);
    const batch = await request(running, ann, 'a fox');
    await provider.called(1);
    const stopped = running.stop();
    provider.finishAll();
    await stopped;
    expect(await statesOf(core, batch)).toEqual(['succeeded']);
    expect(provider.calls).toHaveLength(1);
    await core[Symbol.asyncDispose]();
  });
});

describe('two processes on one database', () => {
  it('share the work: one takes commands, the other makes and posts', async () => {
    const listening = createFakeProvider();
    const making = createFakeProvider();
    await using front = await startTestApp({ EASEL_RUN: 'bots,http' }, { providers: [listening] });
    const { DATABASE_URL, DATA_DIR } = front.env;
    const place = { DATABASE_URL: DATABASE_URL ?? '', DATA_DIR: DATA_DIR ?? '' };
    await using _worker = await startTestApp({ ...place, EASEL_RUN: 'worker' }, { providers: [making] });
    const ada = playgroundClient(front.url, 'ada');
    await ada.say('/imagine a fox --n 4');
    const gallery = await ada.waitFor(isGallery);
    await ada.waitFor(isDoneCard);
    expect(gallery.images).toHaveLength(4);
    expect([listening.calls.length, making.calls.length]).toEqual([0, 4]);
    expect((await ada.messages()).filter((message) => message.author === 'easel')).toHaveLength(2);
  });

  it('make each image once and post each message once when both do everything', async () => {
    const providers = [createFakeProvider({ concurrency: 3 }), createFakeProvider({ concurrency: 3 })];
    await using one = await startTestApp({}, { providers: providers.slice(0, 1) });
    const { DATABASE_URL, DATA_DIR } = one.env;
    const place = { DATABASE_URL: DATABASE_URL ?? '', DATA_DIR: DATA_DIR ?? '' };
    await using _other = await startTestApp(place, { providers: providers.slice(1) });
    const ada = playgroundClient(one.url, 'ada');
    await ada.say('/imagine a fox --n 30 --draft off');
    const gallery = await ada.waitFor(isGallery);
    await ada.waitFor(isDoneCard);
    expect(gallery.images).toHaveLength(30);
    const calls = providers.flatMap((provider) => provider.calls.map((call) => call.key));
    expect(new Set(calls).size).toBe(30);
    expect(calls).toHaveLength(30);
    expect(await books(one)).toEqual({ reserve: 30, settle: 30, refund: 0, held: 0, spent: 30 });
    expect((await ada.messages()).filter((message) => message.author === 'easel')).toHaveLength(2);
  });
});
