import { DelayedError, type Job as QueueJob, UnrecoverableError, type Worker } from 'bullmq';
import { failOrphans } from '#core/batches/fail-orphans.ts';
import { recountEveryMs, recountLanes } from '#core/batches/recount-lanes.ts';
import { sweep, sweepEveryMs } from '#core/batches/sweep.ts';
import type { Deps } from '#core/deps.ts';
import { RunLater } from '#core/ports/queue.ts';
import { nextDueMs } from '#core/postings/claim-channels.ts';
import { startDeliveries } from '#core/postings/deliver.ts';
import { tidy } from '#core/privacy/tidy.ts';
import { beat, heartbeatMs, leave } from '#core/workers.ts';
import { jobs } from '#jobs/index.ts';
import { type Loop, startLoop } from '#jobs/loop.ts';
import { generateQueue, mainQueue } from '#jobs/queue.ts';
import type { Processor, QueueBackend } from '#jobs/queue-backend.ts';

/** Galleries and dispatches at once. */
const mainConcurrency = 4;
/** How long a job's holder may be silent before another takes it; BullMQ's default of 30 s doubles every crash. */
const lockDurationMs = 10_000;
const stalledIntervalMs = 5_000;
/** The outbox is looked at this often when nothing wakes it. */
const outboxIdleMs = 2_000;
/** What is due and not served is in another process's hands, or about to be. */
const outboxBusyMs = 20;
/** How long running pictures may take to finish once the process was asked to stop. */
const drainMs = 5_000;

/** The queues a process works on. */
export function workerQueues(deps: Pick<Deps, 'providers'>): { name: string; concurrency: number }[] {
  return [
    { name: mainQueue, concurrency: mainConcurrency },
    ...deps.providers.map(({ id, concurrency }) => ({ name: generateQueue(id), concurrency })),
  ];
}

/** Takes jobs, posts what is owed, sweeps. `stop` lets what runs finish for a while, then hands it back. */
export async function startWorker(deps: Deps, backend: QueueBackend): Promise<{ stop(): Promise<void> }> {
  const stopping = new AbortController();
  await beat(deps);
  const workers = await Promise.all(
    workerQueues(deps).map(({ name, concurrency }) => openWorker(deps, backend, stopping.signal, name, concurrency)),
  );
  const sending = new Set<Promise<void>>();
  const outbox = startLoop('outbox', deps.log, async () => {
    const started = await startDeliveries(deps);
    for (const send of started) follow(send);
    if (started.length > 0) return 0;
    const dueMs = (await nextDueMs(deps)) ?? outboxIdleMs;
    return Math.max(outboxBusyMs, Math.min(outboxIdleMs, dueMs));
  });
  function follow(send: Promise<void>): void {
    const followed = send
      .catch((error) => deps.log.error({ err: error }, 'a channel could not be served'))
      .finally(() => {
        sending.delete(followed);
        outbox.wake();
      });
    sending.add(followed);
  }
  const stopListening = deps.bus.on('postings', () => outbox.wake());
  const loops: Loop[] = [
    outbox,
    startLoop('heartbeat', deps.log, async () => {
      await beat(deps);
      return heartbeatMs;
    }),
    startLoop('sweep', deps.log, async () => {
      await sweep(deps);
      return sweepEveryMs;
    }),
    startLoop('upkeep', deps.log, async () => {
      await failOrphans(deps);
      await recountLanes(deps);
      await tidy(deps);
      return recountEveryMs;
    }),
  ];
  return {
    async stop() {
      const handBack = setTimeout(() => stopping.abort(), drainMs);
      await Promise.all(workers.map((worker) => worker.close()));
      clearTimeout(handBack);
      stopListening();
      await Promise.all(loops.map((loop) => loop.stop()));
      await Promise.all(sending);
      await leave(deps);
    },
  };
}

async function openWorker(
  deps: Deps,
  backend: QueueBackend,
  signal: AbortSignal,
  name: string,
  concurrency: number,
): Promise<Worker> {
  const process: Processor = (job, token) => runJob(deps, job, token, signal);
  const worker = await backend.openWorker(name, process, {
    concurrency,
    lockDuration: lockDurationMs,
    stalledInterval: stalledIntervalMs,
    maxStalledCount: 100,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  });
  worker.on('error', (error) => deps.log.warn({ err: error, queue: name }, 'worker'));
  worker.on('failed', (job, error) =>
    deps.log.warn({ err: error, job: job?.name, attempt: job?.attemptsMade }, 'job failed'),
  );
  return worker;
}

async function runJob(deps: Deps, job: QueueJob, token: string | undefined, signal: AbortSignal): Promise<void> {
  if (!(job.name in jobs)) throw new UnrecoverableError(`no job ${job.name}`);
  const definition = jobs[job.name as keyof typeof jobs];
  const parsed = definition.schema.safeParse(job.data);
  if (!parsed.success) throw new UnrecoverableError(`${job.name}: ${parsed.error.message}`);
  try {
    await (definition.run as (d: Deps, data: unknown, s: AbortSignal) => Promise<void>)(deps, parsed.data, signal);
  } catch (error) {
    if (!(error instanceof RunLater)) throw error;
    await job.moveToDelayed(Date.now() + error.delayMs, token);
    throw new DelayedError(error.message);
  }
}
