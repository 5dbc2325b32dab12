import { decodeImage } from './decode-image.ts';
import { type EaselMetadata, easelExif } from './easel-metadata.ts';
import { type EncodedImage, encodePixels } from './encode-pixels.ts';
import type { ImageType } from './inspect-image.ts';
import { thumbnailOf } from './thumbnail.ts';

/** JPEG and WebP are lossy, so taking foreign metadata out costs one generation; at this quality it hardly shows. */
const originalQuality = 92;

export type StoredForms = { original: EncodedImage; thumbnail: EncodedImage };

/**
 * The two forms a provider's picture is kept in, from one decode: the original without foreign metadata and with ours
 * (same format unless `format` asks otherwise; PNG pixels unchanged), and the thumbnail for cards and contact sheets.
 *
 * @throws MediaError as `decodeImage`: what a provider sends is foreign data too.
 */
export async function storeForms(
  bytes: Uint8Array,
  metadata: EaselMetadata & { format?: ImageType },
): Promise<StoredForms> {
  const { format, ...own } = metadata;
  const { pixels, type } = await decodeImage(bytes);
  const [original, thumbnail] = await Promise.all([
    encodePixels(pixels, { type: format ?? type, quality: originalQuality, exif: easelExif(own) }),
    thumbnailOf(pixels),
  ]);
  return { original, thumbnail };
}
