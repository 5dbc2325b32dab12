import { LRUCache } from 'lru-cache';
import { BlobMissingError, type BlobStore } from '#core/ports/blobs.ts';
import { blurPicture } from '#media/blur-picture.ts';

const suffix = '-blurred';
/** Some 10 KB each, of 512 pixels a side. */
const keptBytesMax = 16 * 1024 * 1024;
/** Kept bytes are named by their hash, and never change; what passes is replaced under its name. */
const keptKey = /\/[0-9a-f]{64}$/;

/** Under which key a store from `withBlurred` has a picture blurred. */
export const blurredKey = (blob: string): string => `${blob}${suffix}`;

/**
 * A store that has every picture of another one blurred as well, a JPEG under `blurredKey`. Nothing is stored for that: it is
 * made when it is read, and is gone when the picture is.
 */
export function withBlurred(blobs: BlobStore): BlobStore {
  const kept = new LRUCache<string, Uint8Array>({
    maxSize: keptBytesMax,
    sizeCalculation: (bytes) => bytes.byteLength,
  });

  async function blur(key: string): Promise<Uint8Array> {
    const clear = key.slice(0, -suffix.length);
    if ((await blobs.size(clear)) === undefined) throw new BlobMissingError(key);
    const known = kept.get(key);
    if (known) return known;
    const { bytes } = await blurPicture(await blobs.read(clear));
    if (keptKey.test(clear)) kept.set(key, bytes);
    return bytes;
  }

  const isBlurred = (key: string) => key.endsWith(suffix);
  return {
    ...blobs,
    read: (key) => (isBlurred(key) ? blur(key) : blobs.read(key)),
    async size(key) {
      if (!isBlurred(key)) return blobs.size(key);
      return blur(key).then(
        ({ byteLength }) => byteLength,
        (error: unknown) => {
          if (!(error instanceof BlobMissingError)) throw error;
          return undefined;
        },
      );
    },
    async *stream(key) {
      if (isBlurred(key)) yield await blur(key);
      else yield* blobs.stream(key);
    },
  };
}
