import type { ClaimedImage } from '#core/batches/claim-image.ts';
import { keepUnchecked } from '#core/batches/unchecked-pictures.ts';
import { wordsOf } from '#core/batches/words-of.ts';
import type { Deps } from '#core/deps.ts';
import { StorageFullError } from '#core/ports/blobs.ts';
import { type ImageFormat, type ImageResult, ProviderError } from '#core/ports/images.ts';
import type { Rating } from '#core/ports/picture-check.ts';
import { admitPicture } from '#core/safety/admit-picture.ts';
import { MediaError } from '#media/media-error.ts';
import { storeForms } from '#media/store-forms.ts';

export interface StoredPicture {
  /** Blob keys. */
  original: string;
  thumbnail: string;
  type: ImageFormat;
  width: number;
  height: number;
  thumbnailWidth: number;
  thumbnailHeight: number;
  warnings: string[];
  /** What it shows; null where nothing looked at it. */
  rating: Rating | null;
  /** Of both files. */
  bytes: number;
}

/**
 * Keeps a provider's picture that may be shown: re-encoded with our metadata, and its thumbnail.
 * @throws {ProviderError} as `admitPicture`, before anything is kept for good; `bad_answer` when the bytes are no usable picture, `storage_full` when it cannot be kept: it is
 * not made again, as that would be paid again.
 */
export async function storePicture(
  deps: Pick<Deps, 'db' | 'blobs' | 'pictureCheck' | 'breakers'>,
  image: ClaimedImage,
  result: ImageResult,
  signal: AbortSignal,
): Promise<StoredPicture> {
  let forms: Awaited<ReturnType<typeof storeForms>>;
  try {
    const { seed, model, source } = image;
    const makers = source === null ? { model } : { model: source.model, upscaler: model };
    forms = await storeForms(result.bytes, { prompt: wordsOf(image), seed, ...makers });
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    throw new ProviderError('bad_answer', `the answer is no usable picture: ${error.reason}`, {
      retryable: true,
      cause: error,
    });
  }
  const { original, thumbnail } = forms;
  const picture = { rating: null, read: async () => thumbnail.bytes };
  const rating = await admitPicture(deps, image, picture, signal).catch(async (error) => {
    if (!(error instanceof ProviderError) || error.retryable) await keepUnchecked(deps, image, result);
    throw error;
  });
  const [originalKey, thumbnailKey] = await Promise.all([
    keep(deps, image.workspaceId, original.bytes),
    keep(deps, image.workspaceId, thumbnail.bytes),
  ]);
  return {
    rating,
    warnings: result.warnings,
    bytes: original.bytes.length + thumbnail.bytes.length,
    original: originalKey,
    thumbnail: thumbnailKey,
    type: original.type,
    width: original.width,
    height: original.height,
    thumbnailWidth: thumbnail.width,
    thumbnailHeight: thumbnail.height,
  };
}

async function keep(deps: Pick<Deps, 'blobs'>, workspaceId: string, bytes: Uint8Array): Promise<string> {
  try {
    return await deps.blobs.put(workspaceId, bytes);
  } catch (error) {
    if (!(error instanceof StorageFullError)) throw error;
    throw new ProviderError('storage_full', error.message, { retryable: false, cause: error });
  }
}
