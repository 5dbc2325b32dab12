import { expect, it } from 'vitest';
import { createJobQueue, generateQueue, mainQueue } from '#jobs/queue.ts';
import { createLogger } from '#src/logger.ts';
import { createTestDatabase } from '#tests/create-test-database.ts';
import { createMemoryQueue } from '#tests/jobs/memory-queue.ts';
import { backendInUse, openTestBackend } from '#tests/jobs/open-test-backend.ts';
import { describeJobQueue } from '#tests/jobs/queue-contract.ts';

const log = createLogger('silent');

describeJobQueue(backendInUse, async () => {
  const backend = await openTestBackend(await createTestDatabase(), 2);
  const queue = await createJobQueue(backend, ['fake'], log);
  const parts = await Promise.all([mainQueue, generateQueue('fake')].map((name) => backend.openQueue(name)));
  return {
    queue,
    async count() {
      const counts = await Promise.all(parts.map((part) => part.getJobCounts()));
      return counts.flatMap((count) => Object.values(count)).reduce((sum, count) => sum + count, 0);
    },
    async empty() {
      await Promise.all(parts.map((part) => part.obliterate({ force: true })));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(parts.map((part) => part.close()));
      await queue.close();
      await backend.close();
    },
  };
});

describeJobQueue('memory, as core tests use it', async () => {
  const queue = createMemoryQueue();
  return {
    queue,
    count: async () => queue.waiting.length + queue.delayed.length,
    empty: async () => queue.empty(),
    [Symbol.asyncDispose]: async () => undefined,
  };
});

it('says that nothing is missing for a provider it was not opened for, since it could not take such a job', async () => {
  const backend = await openTestBackend(await createTestDatabase(), 1);
  const queue = await createJobQueue(backend, [], log);
  const job = {
    name: 'generate-image',
    id: 'generate-image-1',
    data: { workspaceId: 'w', imageId: '1', providerId: 'gone', requestId: 'test' },
  } as const;
  expect(await queue.missing([job])).toEqual([]);
  await queue.close();
  await backend.close();
});
