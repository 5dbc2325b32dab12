import { BlobMissingError, type BlobStore } from '#core/ports/blobs.ts';
import type { OutgoingImage } from '#core/ports/chat.ts';
import { fitImage, type ImageBudget } from '#media/fit-image.ts';
import { MediaError } from '#media/media-error.ts';
import type { Logger } from '#src/logger.ts';

/** A picture that fits where it goes. */
export interface PreparedPicture {
  image: OutgoingImage;
  /** With the extension of the type that it was brought to. */
  name: string;
  type: OutgoingImage['type'];
  bytes: Uint8Array;
  width: number;
  height: number;
}

const extensions = { png: 'png', jpeg: 'jpg', webp: 'webp' } as const;

/**
 * Reads pictures and brings each under the platform's limits; `untouched` hands the stored bytes on as they are and
 * only checks their size. What cannot be sent is left out, so that one picture does not sink the rest.
 */
export async function preparePictures(
  deps: { blobs: Pick<BlobStore, 'read'>; log: Logger },
  images: readonly OutgoingImage[],
  budget: ImageBudget & { untouched?: boolean },
): Promise<{ pictures: PreparedPicture[]; leftOut: OutgoingImage[] }> {
  const prepared = await Promise.all(images.map((image) => prepare(deps, image, budget)));
  return {
    pictures: prepared.filter((picture) => picture !== undefined),
    leftOut: images.filter((_, index) => prepared[index] === undefined),
  };
}

async function prepare(
  deps: { blobs: Pick<BlobStore, 'read'>; log: Logger },
  image: OutgoingImage,
  budget: ImageBudget & { untouched?: boolean },
): Promise<PreparedPicture | undefined> {
  try {
    const bytes = await deps.blobs.read(image.blob);
    if (budget.untouched) {
      if (bytes.byteLength > budget.bytesMax) return undefined;
      return { image, name: image.name, type: image.type, bytes, width: image.width, height: image.height };
    }
    const fitted = await fitImage(bytes, budget);
    const name = `${image.name.replace(/\.\w+$/, '')}.${extensions[fitted.type]}`;
    return { image, ...fitted, name };
  } catch (error) {
    if (!(error instanceof MediaError) && !(error instanceof BlobMissingError)) throw error;
    deps.log.warn({ err: error, picture: image.name }, 'a picture cannot be sent');
    return undefined;
  }
}
