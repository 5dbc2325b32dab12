import { sql } from 'drizzle-orm';
import { callProvider } from '#core/batches/call-provider.ts';
import { type ClaimedImage, claimImage, releaseImage } from '#core/batches/claim-image.ts';
import { dispatchNext } from '#core/batches/dispatch-next.ts';
import { finishImages } from '#core/batches/finish-images.ts';
import { findModel } from '#core/batches/models.ts';
import { storePicture } from '#core/batches/store-picture.ts';
import type { Deps } from '#core/deps.ts';
import { type ImageResult, ProviderError } from '#core/ports/images.ts';
import { type Jobs, RunLater } from '#core/ports/queue.ts';
import { inWorkspace } from '#db/client.ts';
import { images } from '#db/schema/index.ts';
import type { Logger } from '#src/logger.ts';

/** Tries at one image before it fails; a pause that the provider asked for is not a try. */
export const attemptsMax = 4;
/** An image that a provider has kept waiting for this long fails, and its credits return. */
const pausedMaxMs = 30 * 60_000;
const pauseDefaultMs = 5_000;

type GenerateDeps = Pick<Deps, 'db' | 'log' | 'queue' | 'blobs' | 'bus' | 'providers' | 'workerId' | 'busy'>;

/**
 * Makes one dispatched image: claims it, calls its provider, stores the bytes, then ends it. Does nothing when the
 * image has ended or another live process is making it.
 * @throws {ProviderError} worth another try, which the queue gives it; {RunLater} when the provider asked to wait.
 */
export async function generateImage(
  deps: GenerateDeps,
  job: Jobs['generate-image'],
  signal: AbortSignal,
): Promise<void> {
  const held = `image:${job.imageId}`;
  if (deps.busy.has(held)) return;
  deps.busy.add(held);
  // Heard from before the claim on: a cancel in between must not be missed.
  const cancelled = new Set<string>();
  const cancel = new AbortController();
  let batchId: string | undefined;
  const stopListening = deps.bus.on('cancelled', (id) => {
    cancelled.add(id);
    if (id === batchId) cancel.abort(wasCancelled());
  });
  try {
    const image = await claimImage(deps, job);
    if (!image || cancelled.has(image.batchId)) return;
    batchId = image.batchId;
    await makeImage(deps, image, job, { shutdown: signal, cancel: cancel.signal });
  } finally {
    stopListening();
    deps.busy.delete(held);
  }
}

function wasCancelled(): ProviderError {
  return new ProviderError('aborted', 'the batch was cancelled', { retryable: false });
}

async function makeImage(
  deps: GenerateDeps,
  image: ClaimedImage,
  job: Jobs['generate-image'],
  signals: { shutdown: AbortSignal; cancel: AbortSignal },
): Promise<void> {
  const log = deps.log.child({ requestId: job.requestId, batchId: image.batchId, imageId: job.imageId });
  try {
    // A try that ended in the death of its process has left no error behind.
    if (image.attempts > attemptsMax) throw new ProviderError('server', 'too many tries', { retryable: false });
    const result = await callProvider(deps, image, AbortSignal.any([signals.shutdown, signals.cancel]));
    await succeed(deps, image, result);
    log.info({ model: image.model, attempt: image.attempts }, 'an image was made');
  } catch (error) {
    if (signals.cancel.aborted) return;
    await failOrRetry(deps, log, image, error, signals.shutdown);
  }
  await dispatchNext(deps, image.providerId);
}

async function succeed(deps: GenerateDeps, image: ClaimedImage, result: ImageResult): Promise<void> {
  const stored = await storePicture(deps, image, result);
  const found = findModel(deps.providers, image.model);
  const cost = result.cost ?? { micros: found?.model.costMicros ?? 0, currency: found?.model.currency ?? 'USD' };
  const { jobs } = await inWorkspace(deps.db, image.workspaceId, (tx) =>
    finishImages(tx, {
      ids: [image.id],
      from: 'dispatched',
      to: 'succeeded',
      cost,
      set: sql`original = ${stored.original}, thumbnail = ${stored.thumbnail}, type = ${stored.type},
        width = ${stored.width}, height = ${stored.height},
        thumbnail_width = ${stored.thumbnailWidth}, thumbnail_height = ${stored.thumbnailHeight},
        warnings = ${sql.param([...new Set([...image.warnings, ...result.warnings])], images.warnings)}`,
    }),
  );
  await deps.queue.enqueue(jobs);
}

async function failOrRetry(
  deps: GenerateDeps,
  log: Logger,
  image: ClaimedImage,
  error: unknown,
  shutdown: AbortSignal,
): Promise<void> {
  const waitedMs = Date.now() - (image.dispatchedAt?.getTime() ?? Date.now());
  if (shutdown.aborted) {
    await releaseImage(deps, image, { countsAsTry: false });
    throw new RunLater(0, 'handed back at shutdown');
  }
  if (error instanceof ProviderError && error.reason === 'rate_limited' && waitedMs < pausedMaxMs) {
    const delayMs = error.retryAfterMs ?? pauseDefaultMs;
    await deps.db.execute(sql`
      insert into dispatch_clocks (provider_id, paused_until)
      values (${image.providerId}, now() + make_interval(secs => ${delayMs / 1000}))
      on conflict (provider_id) do update
      set paused_until = greatest(dispatch_clocks.paused_until, excluded.paused_until)`);
    await releaseImage(deps, image, { countsAsTry: false });
    log.info({ providerId: image.providerId, delayMs }, 'the provider asked to wait');
    throw new RunLater(delayMs, 'rate limited');
  }
  const retryable = !(error instanceof ProviderError) || error.retryable;
  if (retryable && image.attempts < attemptsMax) {
    await releaseImage(deps, image, { countsAsTry: true });
    throw error;
  }
  const reason = error instanceof ProviderError ? error.reason : 'server';
  log.warn({ err: error }, 'an image failed for good');
  const { jobs } = await inWorkspace(deps.db, image.workspaceId, (tx) =>
    finishImages(tx, {
      ids: [image.id],
      from: 'dispatched',
      to: reason === 'content_blocked' ? 'blocked' : 'failed',
      set: sql`failure = ${reason}`,
    }),
  );
  await deps.queue.enqueue(jobs);
}
