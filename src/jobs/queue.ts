import type { Queue } from 'bullmq';
import type { Job, JobQueue } from '#core/ports/queue.ts';
import { shareNext } from '#core/share-next.ts';
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

/** On PostgreSQL a bulk makes temporary tables, 4.5 ms and a word to every connection's caches; a single job is a tenth of it. */
const bulkMin = 6;

type WakeUp = Extract<Job, { name: 'dispatch-next' }>;
const isWakeUp = (job: Job): job is WakeUp =>
  job.name === 'dispatch-next' && job.id === undefined && job.delayMs === undefined;

/** The core's queue on any backend: a queue for each provider's images, and one for the rest. */
export async function createJobQueue(
  backend: QueueBackend,
  providerIds: readonly string[],
  log: Logger,
): Promise<JobQueue & { close(): Promise<void> }> {
  const open = async (name: string): Promise<[string, Queue]> => {
    const queue = await backend.openQueue(name);
    queue.on('error', (error) => log.warn({ err: error, queue: name }, 'queue'));
    return [name, queue];
  };
  const queues = new Map(await Promise.all([mainQueue, ...providerIds.map(generateQueue)].map(open)));

  function queueOf(job: Job): Queue | undefined {
    return queues.get(job.name === 'generate-image' ? generateQueue(job.data.providerId) : mainQueue);
  }

  async function add(jobs: readonly Job[]): Promise<void> {
    for (const queue of queues.values()) {
      const own = jobs.filter((job) => queueOf(job) === queue);
      const entries = own.map(({ name, data, id, delayMs }) => ({
        name,
        data,
        opts: { ...jobOptions, ...(id ? { jobId: id } : {}), ...(delayMs ? { delay: delayMs } : {}) },
      }));
      if (entries.length >= bulkMin) await queue.addBulk(entries);
      else await Promise.all(entries.map(({ name, data, opts }) => queue.add(name, data, opts)));
    }
  }

  /** A dispatcher looks at all there is, so those who wake it at once need it once. */
  const wakeUps = new Map<string, { job: WakeUp; call: () => Promise<void> }>();
  function wake(job: WakeUp): Promise<void> {
    const { providerId } = job.data;
    const known = wakeUps.get(providerId);
    if (known) known.job = job;
    const wakeUp: { job: WakeUp; call: () => Promise<void> } = known ?? {
      job,
      call: shareNext(() => add([wakeUp.job])),
    };
    wakeUps.set(providerId, wakeUp);
    return wakeUp.call();
  }

  return {
    async enqueue(jobs) {
      await Promise.all([add(jobs.filter((job) => !isWakeUp(job))), ...jobs.filter(isWakeUp).map(wake)]);
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
