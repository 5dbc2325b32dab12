import { describe, expect, it } from 'vitest';
import type { Job, JobQueue } from '#core/ports/queue.ts';

const generate = (imageId: string): Job & { id: string } => ({
  name: 'generate-image',
  id: `generate-image-${imageId}`,
  data: { workspaceId: '00000000-0000-4000-8000-000000000000', imageId, providerId: 'fake', requestId: 'test' },
});
const gallery = (batchId: string): Job & { id: string } => ({
  name: 'post-gallery',
  id: `post-gallery-${batchId}`,
  data: { workspaceId: '00000000-0000-4000-8000-000000000000', batchId, requestId: 'test' },
});

export interface QueueProbe extends AsyncDisposable {
  queue: JobQueue;
  /** How many jobs the queue holds, over all its parts. */
  count(): Promise<number>;
  /** Loses everything, as a store that came back empty. */
  empty(): Promise<void>;
}

/** What the core relies on in a queue that nobody takes from; it knows the provider `fake`. */
export function describeJobQueue(name: string, open: () => Promise<QueueProbe>): void {
  describe(`the queue on ${name}`, () => {
    it('does not take a job a second time while one of its id waits, in one go, one by one and at once', async () => {
      await using probe = await open();
      await probe.queue.enqueue([generate('1'), generate('1'), generate('2')]);
      await probe.queue.enqueue([generate('1')]);
      await Promise.all(Array.from({ length: 5 }, () => probe.queue.enqueue([generate('2'), gallery('a')])));
      expect(await probe.count()).toBe(3);
    });

    it('takes every job that has no id', async () => {
      await using probe = await open();
      const job: Job = { name: 'dispatch-next', data: { providerId: 'fake', requestId: 'test' } };
      await probe.queue.enqueue([job, job]);
      await probe.queue.enqueue([job]);
      expect(await probe.count()).toBe(3);
    });

    it('does not take a job a second time while one of its id is put off', async () => {
      await using probe = await open();
      await probe.queue.enqueue([{ ...gallery('a'), delayMs: 3_600_000 }]);
      await probe.queue.enqueue([gallery('a')]);
      expect(await probe.count()).toBe(1);
      expect(await probe.queue.missing([gallery('a')])).toEqual([]);
    });

    it('tells which jobs it does not know', async () => {
      await using probe = await open();
      await probe.queue.enqueue([generate('1'), gallery('a')]);
      const asked = [generate('1'), generate('2'), gallery('a'), gallery('b')];
      expect(await probe.queue.missing(asked)).toEqual([generate('2'), gallery('b')]);
      expect(await probe.queue.missing([])).toEqual([]);
    });

    it('knows nothing any more once it was emptied, and takes the same jobs again', async () => {
      await using probe = await open();
      await probe.queue.enqueue([generate('1'), gallery('a')]);
      await probe.empty();
      expect(await probe.queue.missing([generate('1'), gallery('a')])).toEqual([generate('1'), gallery('a')]);
      await probe.queue.enqueue([generate('1'), gallery('a')]);
      expect(await probe.count()).toBe(2);
    });

    it('answers when it is asked whether it is there', async () => {
      await using probe = await open();
      await expect(probe.queue.check()).resolves.toBeUndefined();
    });
  });
}
