import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import type postgres from 'postgres';
import { generateQueue, mainQueue } from '#jobs/queue.ts';
import { openPostgresBackend, openRedisBackend } from '#jobs/queue-backend.ts';
import { createLogger } from '#src/logger.ts';

const lookEveryMs = 500;
const waiting = ['wait', 'active', 'delayed', 'prioritized', 'waiting-children'] as const;

/** What is still under way: rows on their way to an end, and jobs. */
export interface Unsettled {
  images: number;
  galleries: number;
  postings: number;
  /** Let go of, and to be removed. */
  blobs: number;
  jobs: Record<string, number>;
}

const isSettled = ({ images, galleries, postings, blobs, jobs }: Unsettled) =>
  images + galleries + postings + blobs + Object.values(jobs).reduce((sum, count) => sum + count, 0) === 0;

/** Waits until nothing is under way any more, as long as it may; resolves to what still is. */
export async function settle(
  sql: postgres.Sql,
  urls: { database: string; redis: string | undefined },
  withinMs: number,
): Promise<Unsettled> {
  const log = createLogger('silent');
  const names = [mainQueue, generateQueue('openai'), generateQueue('lanczos')];
  const backend = urls.redis
    ? await openRedisBackend(urls.redis, urls.database, log)
    : await openPostgresBackend(urls.database, names.length, log);
  const queues = await Promise.all(names.map((name) => backend.openQueue(name)));
  for (const queue of queues) queue.on('error', () => undefined);
  try {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const left = await look(sql, queues);
      if (isSettled(left) || Date.now() > deadline) return left;
      await sleep(lookEveryMs);
    }
  } finally {
    await Promise.all(queues.map((queue) => queue.close()));
    await backend.close();
  }
}

async function look(sql: postgres.Sql, queues: readonly Queue[]): Promise<Unsettled> {
  const [rows] = await sql<Omit<Unsettled, 'jobs'>[]>`
    select (select count(*)::int from images where state in ('queued', 'dispatched')) as images,
      (select count(*)::int from batches where gallery_at is null) as galleries,
      (select count(*)::int from postings where wanted > shown) as postings,
      (select count(*)::int from released_blobs) as blobs`;
  const jobs = await Promise.all(
    queues.map(async (queue) => {
      const counts = await queue.getJobCounts(...waiting);
      return [queue.name, Object.values(counts).reduce((sum, count) => sum + count, 0)] as const;
    }),
  );
  return { ...(rows ?? { images: 0, galleries: 0, postings: 0, blobs: 0 }), jobs: Object.fromEntries(jobs) };
}
