import type { ClaimedImage } from '#core/batches/claim-image.ts';
import type { Deps } from '#core/deps.ts';
import { type ImageResult, ProviderError } from '#core/ports/images.ts';
import { MediaError } from '#media/media-error.ts';
import { storeForms } from '#media/store-forms.ts';

/**
 * Keeps a provider's picture: re-encoded with our metadata, and its thumbnail.
 * @throws {ProviderError} `bad_answer` when the bytes are no usable picture.
 */
export async function storePicture(deps: Pick<Deps, 'blobs'>, image: ClaimedImage, result: ImageResult) {
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
