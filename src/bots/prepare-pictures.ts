import { BlobMissingError, type BlobStore } from '#core/ports/blobs.ts';
import type { OutgoingImage } from '#core/ports/message.ts';
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

/** Decoded at once: any page of pictures of the usual size, and large ones one after another, as each takes 4 bytes a pixel and more. */
const pixelsAtOnceMax = 32_000_000;

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
  const prepared: (PreparedPicture | undefined)[] = [];
  for (const group of groupsOf(images))
    prepared.push(...(await Promise.all(group.map((image) => prepare(deps, image, budget)))));
  return {
    pictures: prepared.filter((picture) => picture !== undefined),
    leftOut: images.filter((_, index) => prepared[index] === undefined),
  };
}

/** In order; what is larger by itself is a group of its own. */
function groupsOf(images: readonly OutgoingImage[]): OutgoingImage[][] {
  const groups: OutgoingImage[][] = [];
  let room = 0;
  for (const image of images) {
    const pixels = image.width * image.height;
    if (groups.length === 0 || pixels > room) {
      groups.push([]);
      room = pixelsAtOnceMax;
    }
    groups.at(-1)?.push(image);
    room -= pixels;
  }
  return groups;
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
