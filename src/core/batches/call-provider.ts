import { and, eq } from 'drizzle-orm';
import type { ClaimedImage } from '#core/batches/claim-image.ts';
import { type FoundModel, findModel } from '#core/batches/models.ts';
import { wordsOf } from '#core/batches/words-of.ts';
import type { Deps } from '#core/deps.ts';
import { BlobMissingError } from '#core/ports/blobs.ts';
import {
  type ImageInput,
  type ImageModel,
  type ImageProvider,
  type ImageResult,
  ProviderError,
} from '#core/ports/images.ts';
import { raiseCard } from '#core/postings/raise-card.ts';
import { takeBudgets } from '#core/postings/take-budgets.ts';
import { inWorkspace } from '#db/client.ts';
import { images } from '#db/schema/index.ts';

type CallDeps = Pick<Deps, 'db' | 'log' | 'blobs' | 'providers' | 'breakers'>;

/** Of the calls in a minute, those that may come at once. */
const burstShare = 0.2;
const minuteMs = 60_000;

/**
 * Asks the image's provider for it, within the provider's rate, unless it is down, and within the model's deadline; shows
 * its previews on the card.
 * @throws {ProviderError}
 */
export async function callProvider(deps: CallDeps, image: ClaimedImage, signal: AbortSignal): Promise<ImageResult> {
  const found = findModel(deps.providers, image.model);
  if (!found) throw new ProviderError('model_gone', `no provider has ${image.model}`, { retryable: false });
  const { provider } = found;
  const inputs = await readInputs(deps, image);
  if (image.pausedMs > 0) throw notNow('the provider is being left alone', image.pausedMs);
  await takeCall(deps, provider);
  return deps.breakers.call(provider.id, () => generate(deps, image, found, inputs, signal));
}

/**
 * What a picture is enlarged or made from.
 * @throws {ProviderError} `source_gone` where that is no longer stored.
 */
async function readInputs(deps: CallDeps, { inputs, source }: ClaimedImage): Promise<ImageInput[]> {
  const wanted = source === null ? inputs : [{ ...source, role: 'source' as const }];
  try {
    return await Promise.all(
      wanted.map(async ({ blob, type, role }) => ({ role, type, bytes: await deps.blobs.read(blob) })),
    );
  } catch (error) {
    if (!(error instanceof BlobMissingError)) throw error;
    throw new ProviderError('source_gone', error.message, { retryable: false, cause: error });
  }
}

/** @throws {ProviderError} `rate_limited` when the installation has made as many calls as it may, for now. */
async function takeCall(deps: CallDeps, { id, callsPerMinute }: ImageProvider): Promise<void> {
  if (callsPerMinute === undefined) return;
  // As many windows as make a minute hold no more than a minute may.
  const limit = Math.max(1, Math.floor(callsPerMinute * burstShare));
  const windowMs = (minuteMs * limit) / callsPerMinute;
  const budget = { key: id, limit, windowMs, cost: 1, progressLimit: limit };
  // A provider counts a call when it begins.
  const take = await takeBudgets(deps, 'provider', [budget], { urgency: 'final', underWayMs: 0 });
  if ('waitMs' in take) throw notNow('as many calls as this installation may make', take.waitMs);
}

function notNow(message: string, retryAfterMs: number): ProviderError {
  return new ProviderError('rate_limited', message, { retryable: true, retryAfterMs });
}

async function generate(
  deps: CallDeps,
  image: ClaimedImage,
  { provider, model }: FoundModel,
  inputs: ImageInput[],
  signal: AbortSignal,
): Promise<ImageResult> {
  const deadline = AbortSignal.timeout(model.deadlineMs);
  let partials = Promise.resolve();
  try {
    return await provider.generate(
      {
        ...(image.source === null ? askedAnew(image, model, inputs) : { operation: 'upscale' }),
        model: image.model,
        prompt: wordsOf(image),
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

/** What decides a picture that is made, and means nothing to one that is only enlarged. */
function askedAnew(image: ClaimedImage, model: ImageModel, inputs: readonly ImageInput[]) {
  return {
    operation: inputs.length > 0 ? ('edit' as const) : ('generate' as const),
    ...(image.negative === null ? {} : { negative: image.negative }),
    ...(image.quality === null ? {} : { quality: image.quality }),
    ...(image.seedAsked || model.seeds ? { seed: image.seed } : {}),
  };
}

async function saveHandle(deps: CallDeps, image: ClaimedImage, handle: string): Promise<void> {
  await inWorkspace(deps.db, image.workspaceId, (tx) =>
    tx.update(images).set({ handle }).where(eq(images.id, image.id)),
  );
}

/** A preview is a courtesy: one that cannot be kept is logged, and the picture goes on. */
async function showPartial(deps: CallDeps, image: ClaimedImage, bytes: Uint8Array): Promise<void> {
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
