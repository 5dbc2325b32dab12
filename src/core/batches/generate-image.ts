import { type SQL, sql } from 'drizzle-orm';
import { callProvider } from '#core/batches/call-provider.ts';
import { type ClaimedImage, claimImage, releaseImage } from '#core/batches/claim-image.ts';
import { dispatchNext } from '#core/batches/dispatch-next.ts';
import { attemptsMax, failImage } from '#core/batches/fail-image.ts';
import { finishImages } from '#core/batches/finish-images.ts';
import { findModel } from '#core/batches/models.ts';
import { holdBlobs, releaseBlobs } from '#core/batches/released-blobs.ts';
import { findResult, keepResult } from '#core/batches/result-cache.ts';
import { type StoredPicture, storePicture } from '#core/batches/store-picture.ts';
import { findUnchecked } from '#core/batches/unchecked-pictures.ts';
import { writeOut } from '#core/batches/write-out.ts';
import type { Deps } from '#core/deps.ts';
import { type ImageResult, ProviderError } from '#core/ports/images.ts';
import { type Jobs, RunLater } from '#core/ports/queue.ts';
import { admitPicture } from '#core/safety/admit-picture.ts';
import { moderateImage } from '#core/safety/moderate-image.ts';
import { inWorkspace } from '#db/client.ts';
import { persist } from '#db/persist.ts';
import { images } from '#db/schema/index.ts';

/** An image whose picture another one has made at this moment asks again this soon. */
const sameAgainMs = 500;
/** A full disk is looked at again this often. */
const fullPauseMs = 30_000;

type GenerateDeps = Pick<
  Deps,
  | 'db'
  | 'log'
  | 'queue'
  | 'blobs'
  | 'bus'
  | 'providers'
  | 'writer'
  | 'moderator'
  | 'pictureCheck'
  | 'breakers'
  | 'workerId'
  | 'pulse'
  | 'busy'
>;

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
  // With its provider: an image that moved to another may come before this job has ended.
  const held = `image:${job.providerId}:${job.imageId}`;
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
  claimed: ClaimedImage,
  job: Jobs['generate-image'],
  signals: { shutdown: AbortSignal; cancel: AbortSignal },
): Promise<void> {
  const log = deps.log.child({ requestId: job.requestId, batchId: claimed.batchId, imageId: job.imageId });
  const image = await writeOut(deps, log, claimed, signals).catch((error) => {
    if (!signals.cancel.aborted) throw error;
  });
  if (!image) return;
  const same = await findResult(deps, image);
  if (same === 'being made') return waitForSame(deps, image);
  try {
    // A try that ended in the death of its process has left no error behind.
    if (image.attempts > attemptsMax) throw new ProviderError('server', 'too many tries', { retryable: false });
    // Before the provider is paid for what could not be kept.
    if (!(await deps.blobs.hasRoom()))
      throw new ProviderError('storage_full', 'no room', { retryable: true, retryAfterMs: fullPauseMs });
    const ended = AbortSignal.any([signals.shutdown, signals.cancel]);
    await moderateImage(deps, image, ended);
    if (same) {
      const picture = { rating: same.rating, read: () => deps.blobs.read(same.thumbnail) };
      const rating = await admitPicture(deps, image, picture, ended);
      await succeed(deps, image, { ...same, rating }, { micros: 0, currency: 'USD' });
    } else {
      const result = (await findUnchecked(deps, image)) ?? (await callProvider(deps, image, ended));
      await succeed(deps, image, await storePicture(deps, image, result, ended), costOf(deps, image, result));
    }
    log.info({ model: image.model, attempt: image.attempts, again: same !== undefined }, 'an image was made');
  } catch (error) {
    if (signals.cancel.aborted) return;
    await failImage(deps, log, image, error, { job, shutdown: signals.shutdown });
  }
  await dispatchNext(deps, image.providerId);
}

/** Not a try: the same request of the workspace is with the provider already, and one picture serves both. */
async function waitForSame(deps: GenerateDeps, image: ClaimedImage): Promise<never> {
  await releaseImage(deps, image, { countsAsTry: false });
  throw new RunLater(sameAgainMs, 'the same picture is being made');
}

function costOf(deps: GenerateDeps, image: ClaimedImage, result: ImageResult): { micros: number; currency: string } {
  const model = findModel(deps.providers, image.model)?.model;
  return result.cost ?? { micros: model?.costMicros ?? 0, currency: model?.currency ?? 'USD' };
}

async function succeed(
  deps: GenerateDeps,
  image: ClaimedImage,
  stored: StoredPicture,
  cost: { micros: number; currency: string },
): Promise<void> {
  const { jobs } = await persist(() =>
    inWorkspace(deps.db, image.workspaceId, async (tx) => {
      const isStored =
        image.requestHash === null ||
        (await holdBlobs(tx, deps, image.workspaceId, [stored.original, stored.thumbnail]));
      if (!isStored) throw new ProviderError('server', 'the same picture was deleted just now', { retryable: true });
      const done = await finishImages(tx, {
        ids: [image.id],
        from: 'dispatched',
        to: 'succeeded',
        cost,
        set: columnsOf(image, stored),
      });
      if (done.count > 0) await keepResult(tx, image, stored);
      // Nobody waits for it any more.
      else await releaseBlobs(tx, image.workspaceId, [stored.original, stored.thumbnail]);
      return done;
    }),
  );
  await deps.queue.enqueue(jobs);
}

/** What of an image is known once it has its picture; no character more than it takes, as statements that are prepared may not be longer. */
function columnsOf(image: ClaimedImage, stored: StoredPicture): SQL {
  const warnings = sql.param([...new Set([...image.warnings, ...stored.warnings])], images.warnings);
  const parts = [
    sql`original = ${stored.original}, thumbnail = ${stored.thumbnail}, type = ${stored.type}, rating = ${stored.rating}`,
    sql`width = ${stored.width}, height = ${stored.height}, warnings = ${warnings}`,
    sql`thumbnail_width = ${stored.thumbnailWidth}, thumbnail_height = ${stored.thumbnailHeight}`,
  ];
  return sql.join(parts, sql`, `);
}
