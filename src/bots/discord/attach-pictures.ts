import { filesBytesMax } from '#bots/discord/limits.ts';
import { type PreparedPicture, preparePictures } from '#bots/prepare-pictures.ts';
import type { BlobStore } from '#core/ports/blobs.ts';
import type { OutgoingImage, OutgoingPart } from '#core/ports/message.ts';
import type { Logger } from '#src/logger.ts';

/** What Discord shows in the chat. */
const types = ['png', 'jpeg', 'webp'] as const;

export interface AttachedPictures {
  pictures: PreparedPicture[];
  leftOut: OutgoingImage[];
}

/**
 * Reads pictures and brings each under the limit of a file, and all together under that of a request. Names are such
 * as Discord leaves alone, each once.
 */
export async function attachPictures(
  deps: { blobs: Pick<BlobStore, 'read'>; log: Logger },
  part: Pick<OutgoingPart, 'imagesAs'>,
  images: readonly OutgoingImage[],
  fileBytesMax: number,
): Promise<AttachedPictures> {
  const named = uniqueNames(images);
  const bytesMax = Math.min(fileBytesMax, filesBytesMax);
  if (part.imagesAs === 'files') {
    const { pictures, leftOut } = await preparePictures(deps, named, { bytesMax, types, untouched: true });
    return keepWhatFits(pictures, leftOut);
  }
  const first = await preparePictures(deps, named, { bytesMax, types });
  const shareBytes = fairShare(
    first.pictures.map(({ bytes }) => bytes.byteLength),
    filesBytesMax,
  );
  return shareBytes >= bytesMax ? first : preparePictures(deps, named, { bytesMax: shareBytes, types });
}

function keepWhatFits(pictures: readonly PreparedPicture[], leftOut: readonly OutgoingImage[]): AttachedPictures {
  const kept: PreparedPicture[] = [];
  const rest = [...leftOut];
  let bytes = 0;
  for (const picture of pictures) {
    const fits = bytes + picture.bytes.byteLength <= filesBytesMax;
    if (fits) bytes += picture.bytes.byteLength;
    if (fits) kept.push(picture);
    else rest.push(picture.image);
  }
  return { pictures: kept, leftOut: rest };
}

/** The most that each may have so that all fit; what the small ones leave goes to the large ones. */
export function fairShare(sizes: readonly number[], totalMax: number): number {
  let left = totalMax;
  const ascending = sizes.toSorted((one, other) => one - other);
  for (const [index, size] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - index));
    if (size > share) return share;
    left -= size;
  }
  return Number.POSITIVE_INFINITY;
}

/** Discord changes names that hold anything else, and then no longer finds what refers to them. */
function uniqueNames(images: readonly OutgoingImage[]): OutgoingImage[] {
  const taken = new Set<string>();
  return images.map((image, index) => {
    const plain = image.name.replace(/[^A-Za-z0-9_.-]/g, '_');
    const stem = plain.replace(/\.\w+$/, '');
    const name = taken.has(stem) ? `${stem}-${index}${plain.slice(stem.length)}` : plain;
    taken.add(name.replace(/\.\w+$/, ''));
    return { ...image, name };
  });
}
