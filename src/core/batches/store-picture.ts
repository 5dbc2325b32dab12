import type { ClaimedImage } from '#core/batches/claim-image.ts';
import { wordsOf } from '#core/batches/words-of.ts';
import type { Deps } from '#core/deps.ts';
import { StorageFullError } from '#core/ports/blobs.ts';
import { type ImageFormat, type ImageResult, ProviderError } from '#core/ports/images.ts';
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
  /** Of both files. */
  bytes: number;
}

/**
 * Keeps a provider's picture: re-encoded with our metadata, and its thumbnail.
 * @throws {ProviderError} `bad_answer` when the bytes are no usable picture, `storage_full` when it cannot be kept: it is
 * not made again, as that would be paid again.
 */
export async function storePicture(
  deps: Pick<Deps, 'blobs'>,
  image: ClaimedImage,
  result: ImageResult,
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
  const [originalKey, thumbnailKey] = await Promise.all([
    keep(deps, image.workspaceId, original.bytes),
    keep(deps, image.workspaceId, thumbnail.bytes),
  ]);
  return {
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
