import type { Deps } from '#core/deps.ts';
import { type Job, type JobQueue, RunLater } from '#core/ports/queue.ts';
import { jobs as definitions } from '#jobs/index.ts';

export interface MemoryQueue extends JobQueue {
  /** Not yet taken, oldest first. */
  readonly waiting: readonly Job[];
  /** Put off by a `delayMs` or a `RunLater`, with the wait that was asked for. */
  readonly delayed: readonly { job: Job; delayMs: number }[];
  /** What jobs ended with other than success, in order. */
  readonly failures: readonly unknown[];
  /** Forgets everything, as a store that came back empty. */
  empty(): void;
  /** Ends every wait. */
  ripen(): void;
  /** Runs jobs, all that wait at the same time, until none waits; a job that fails is tried again. */
  run(deps: Deps, options?: { signal?: AbortSignal }): Promise<void>;
}

/** As many as the real queue gives a job. */
const triesMax = 30;

/** A job queue in memory that runs jobs only when a test says so, so that every order of steps can be made. */
export function createMemoryQueue(): MemoryQueue {
  let waiting: Job[] = [];
  let delayed: { job: Job; delayMs: number }[] = [];
  const running = new Set<Job>();
  const failures: unknown[] = [];
  const tries = new Map<Job, number>();

  const known = (id: string) =>
    [...waiting, ...running, ...delayed.map(({ job }) => job)].some((candidate) => candidate.id === id);

  async function runOne(deps: Deps, job: Job, signal: AbortSignal): Promise<void> {
    running.add(job);
    let again: (() => void) | undefined;
    try {
      await runDefinition(deps, job, signal);
    } catch (error) {
      failures.push(error);
      const tried = (tries.get(job) ?? 0) + (error instanceof RunLater ? 0 : 1);
      tries.set(job, tried);
      if (error instanceof RunLater) again = () => delayed.push({ job, delayMs: error.delayMs });
      else if (tried < triesMax) again = () => waiting.push(job);
    } finally {
      running.delete(job);
      again?.();
    }
  }

  return {
    get waiting() {
      return waiting;
    },
    get delayed() {
      return delayed;
    },
    failures,
    empty() {
      waiting = [];
      delayed = [];
    },
    ripen() {
      waiting.push(...delayed.map(({ job }) => job));
      delayed = [];
    },
    async enqueue(added) {
      for (const job of added) {
        if (job.id !== undefined && known(job.id)) continue;
        if (job.delayMs) delayed.push({ job, delayMs: job.delayMs });
        else waiting.push(job);
      }
    },
    async missing(asked) {
      return asked.filter((job) => !known(job.id));
    },
    async check() {},
    async run(deps, { signal = new AbortController().signal } = {}) {
      while (waiting.length > 0) {
        const taken = waiting;
        waiting = [];
        await Promise.all(taken.map((job) => runOne(deps, job, signal)));
      }
    },
  };
}

async function runDefinition(deps: Deps, job: Job, signal: AbortSignal): Promise<void> {
  switch (job.name) {
    case 'generate-image':
      return definitions['generate-image'].run(deps, job.data, signal);
    case 'dispatch-next':
      return definitions['dispatch-next'].run(deps, job.data, signal);
    case 'post-gallery':
      return definitions['post-gallery'].run(deps, job.data, signal);
  }
}
