import { and, eq, or, sql } from 'drizzle-orm';
import { dispatchNext } from '#core/batches/dispatch-next.ts';
import { finishImages } from '#core/batches/finish-images.ts';
import { findModel } from '#core/batches/models.ts';
import type { Deps } from '#core/deps.ts';
import { type ImageResult, ProviderError } from '#core/ports/images.ts';
import { type Jobs, RunLater } from '#core/ports/queue.ts';
import { raiseCard } from '#core/postings/raise-card.ts';
import { workerIsGone } from '#core/workers.ts';
import { inWorkspace } from '#db/client.ts';
import { batches, images } from '#db/schema/index.ts';
import { MediaError } from '#media/media-error.ts';
import { storeForms } from '#media/store-forms.ts';

/** Tries at one image before it fails; a pause that the provider asked for is not a try. */
export const attemptsMax = 4;
/** An image that a provider has kept waiting for this long fails, and its credits return. */
const pausedMaxMs = 30 * 60_000;
const pauseDefaultMs = 5_000;

type GenerateDeps = Pick<Deps, 'db' | 'log' | 'queue' | 'blobs' | 'bus' | 'providers' | 'workerId' | 'busy'>;
type ClaimedImage = NonNullable<Awaited<ReturnType<typeof claimImage>>>;

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
  try {
    const image = await claimImage(deps, job);
    if (image) await makeImage(deps, image, job, signal);
  } finally {
    deps.busy.delete(held);
  }
}

async function makeImage(
  deps: GenerateDeps,
  image: ClaimedImage,
  job: Jobs['generate-image'],
  signal: AbortSignal,
): Promise<void> {
  const cancel = new AbortController();
  const stopListening = deps.bus.on('cancelled', (batchId) => {
    if (batchId === image.batchId)
      cancel.abort(new ProviderError('aborted', 'the batch was cancelled', { retryable: false }));
  });
  try {
    const result = await callProvider(deps, image, AbortSignal.any([signal, cancel.signal]));
    await succeed(deps, image, result);
  } catch (error) {
    if (cancel.signal.aborted) return;
    await failOrRetry(deps, image, job, error, signal);
  } finally {
    stopListening();
  }
  await dispatchNext(deps, image.providerId);
}

async function claimImage(deps: GenerateDeps, job: Jobs['generate-image']) {
  return inWorkspace(deps.db, job.workspaceId, async (tx) => {
    const [image] = await tx
      .update(images)
      .set({ workerId: deps.workerId, attempts: sql`${images.attempts} + 1` })
      .where(
        and(
          eq(images.id, BigInt(job.imageId)),
          eq(images.state, 'dispatched'),
          or(eq(images.workerId, deps.workerId), workerIsGone(images.workerId)),
        ),
      )
      .returning();
    if (!image) return undefined;
    const [batch] = await tx.select({ inputs: batches.inputs }).from(batches).where(eq(batches.id, image.batchId));
    return { ...image, inputs: batch?.inputs ?? [] };
  });
}

async function callProvider(deps: GenerateDeps, image: ClaimedImage, signal: AbortSignal): Promise<ImageResult> {
  const found = findModel(deps.providers, image.model);
  if (!found) throw new ProviderError('model_gone', `no provider has ${image.model}`, { retryable: false });
  const { provider, model } = found;
  const inputs = await Promise.all(
    image.inputs.map(async ({ blob, type, role }) => ({ role, type, bytes: await deps.blobs.read(blob) })),
  );
  const deadline = AbortSignal.timeout(model.deadlineMs);
  let partials = Promise.resolve();
  try {
    return await provider.generate(
      {
        operation: inputs.length > 0 ? 'edit' : 'generate',
        model: image.model,
        prompt: image.prompt,
        ...(image.seedAsked || model.seeds ? { seed: image.seed } : {}),
        size: { width: image.width, height: image.height },
        inputs,
      },
      {
        signal: AbortSignal.any([signal, deadline]),
        key: `image-${image.id}`,
        ...(image.handle === null ? {} : { handle: image.handle }),
        saveHandle: (handle) => saveHandle(deps, image, handle),
        onPartial: (bytes) => {
          partials = partials.then(() => showPartial(deps, image, bytes));
        },
      },
    );
  } catch (error) {
    if (deadline.aborted && !signal.aborted) {
      throw new ProviderError('timeout', `no answer within ${model.deadlineMs} ms`, { retryable: true, cause: error });
    }
    throw error;
  } finally {
    await partials;
  }
}

async function saveHandle(deps: GenerateDeps, image: ClaimedImage, handle: string): Promise<void> {
  await inWorkspace(deps.db, image.workspaceId, (tx) =>
    tx.update(images).set({ handle }).where(eq(images.id, image.id)),
  );
}

/** A preview is a courtesy: one that cannot be kept is logged, and the picture goes on. */
async function showPartial(deps: GenerateDeps, image: ClaimedImage, bytes: Uint8Array): Promise<void> {
  try {
    const partial = await deps.blobs.putTemporary(`${image.workspaceId}/partial-${image.id}`, bytes);
    await inWorkspace(deps.db, image.workspaceId, async (tx) => {
      await tx
        .update(images)
        .set({ partial })
        .where(and(eq(images.id, image.id), eq(images.state, 'dispatched')));
      await raiseCard(tx, image.batchId);
    });
  } catch (error) {
    deps.log.warn({ err: error, imageId: String(image.id) }, 'a preview could not be shown');
  }
}

async function succeed(deps: GenerateDeps, image: ClaimedImage, result: ImageResult): Promise<void> {
  const stored = await storeResult(deps, image, result);
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

async function storeResult(deps: GenerateDeps, image: ClaimedImage, result: ImageResult) {
  let forms: Awaited<ReturnType<typeof storeForms>>;
  try {
    forms = await storeForms(result.bytes, { prompt: image.prompt, seed: image.seed, model: image.model });
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    throw new ProviderError('bad_answer', `the answer is no usable picture: ${error.reason}`, {
      retryable: true,
      cause: error,
    });
  }
  const { original, thumbnail } = forms;
  const [originalKey, thumbnailKey] = await Promise.all([
    deps.blobs.put(image.workspaceId, original.bytes),
    deps.blobs.put(image.workspaceId, thumbnail.bytes),
  ]);
  return {
    original: originalKey,
    thumbnail: thumbnailKey,
    type: original.type,
    width: original.width,
    height: original.height,
    thumbnailWidth: thumbnail.width,
    thumbnailHeight: thumbnail.height,
  };
}

async function failOrRetry(
  deps: GenerateDeps,
  image: ClaimedImage,
  job: Jobs['generate-image'],
  error: unknown,
  shutdown: AbortSignal,
): Promise<void> {
  const waitedMs = Date.now() - (image.dispatchedAt?.getTime() ?? Date.now());
  if (shutdown.aborted) {
    await release(deps, image, { countsAsTry: false });
    throw new RunLater(0, 'handed back at shutdown');
  }
  if (error instanceof ProviderError && error.reason === 'rate_limited' && waitedMs < pausedMaxMs) {
    const delayMs = error.retryAfterMs ?? pauseDefaultMs;
    await deps.db.execute(sql`
      insert into dispatch_clocks (provider_id, paused_until)
      values (${image.providerId}, now() + make_interval(secs => ${delayMs / 1000}))
      on conflict (provider_id) do update
      set paused_until = greatest(dispatch_clocks.paused_until, excluded.paused_until)`);
    await release(deps, image, { countsAsTry: false });
    deps.log.info({ providerId: image.providerId, delayMs, requestId: job.requestId }, 'the provider asked to wait');
    throw new RunLater(delayMs, 'rate limited');
  }
  const retryable = !(error instanceof ProviderError) || error.retryable;
  if (retryable && image.attempts < attemptsMax) {
    await release(deps, image, { countsAsTry: true });
    throw error;
  }
  const reason = error instanceof ProviderError ? error.reason : 'server';
  deps.log.warn({ err: error, imageId: String(image.id), requestId: job.requestId }, 'an image failed for good');
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

async function release(deps: GenerateDeps, image: ClaimedImage, options: { countsAsTry: boolean }): Promise<void> {
  await inWorkspace(deps.db, image.workspaceId, (tx) =>
    tx
      .update(images)
      .set({ workerId: null, ...(options.countsAsTry ? {} : { attempts: sql`${images.attempts} - 1` }) })
      .where(and(eq(images.id, image.id), eq(images.workerId, deps.workerId))),
  );
}
