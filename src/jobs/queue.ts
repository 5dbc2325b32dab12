import type { Queue } from 'bullmq';
import type { Job, JobQueue } from '#core/ports/queue.ts';
import type { QueueBackend } from '#jobs/queue-backend.ts';
import type { Logger } from '#src/logger.ts';

/** The queue of everything but generating. */
export const mainQueue = 'main';
/** Colons mean something to BullMQ. */
export const generateQueue = (providerId: string) => `generate-${providerId}`;

/** Rows decide how often something is tried; the queue only must not give up before they do. */
const jobOptions = {
  attempts: 30,
  backoff: { type: 'exponential', delay: 1_000, jitter: 0.5 },
  removeOnComplete: true,
  removeOnFail: true,
} as const;

/** The core's queue on any backend: a queue for each provider's images, and one for the rest. */
export function createJobQueue(
  backend: QueueBackend,
  providerIds: readonly string[],
  log: Logger,
): JobQueue & { close(): Promise<void> } {
  const open = (name: string): [string, Queue] => {
    const queue = backend.openQueue(name);
    queue.on('error', (error) => log.warn({ err: error, queue: name }, 'queue'));
    return [name, queue];
  };
  const queues = new Map([mainQueue, ...providerIds.map(generateQueue)].map(open));

  function queueOf(job: Job): Queue | undefined {
    return queues.get(job.name === 'generate-image' ? generateQueue(job.data.providerId) : mainQueue);
  }

  return {
    async enqueue(jobs) {
      for (const queue of queues.values()) {
        const own = jobs.filter((job) => queueOf(job) === queue);
        if (own.length === 0) continue;
        await queue.addBulk(
          own.map(({ name, data, id, delayMs }) => ({
            name,
            data,
            opts: { ...jobOptions, ...(id ? { jobId: id } : {}), ...(delayMs ? { delay: delayMs } : {}) },
          })),
        );
      }
    },
    async missing(jobs) {
      const known = await Promise.all(jobs.map(async (job) => (await queueOf(job)?.getJobState(job.id)) ?? 'no queue'));
      return jobs.filter((_, index) => known[index] === 'unknown');
    },
    check: () => backend.check(),
    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}
