import { openPostgresBackend, openRedisBackend, type QueueBackend } from '#jobs/queue-backend.ts';
import { createLogger } from '#src/logger.ts';

export const backendInUse = process.env.REDIS_URL ? 'Redis' : 'PostgreSQL';

/** What the queues of this run are on: Redis where REDIS_URL is set, else the test's own database. */
export function openTestBackend(databaseUrl: string, workers: number): Promise<QueueBackend> {
  const log = createLogger('silent');
  return process.env.REDIS_URL
    ? openRedisBackend(process.env.REDIS_URL, databaseUrl, log)
    : openPostgresBackend(databaseUrl, workers, log);
}
