import { decodeImage } from './decode-image.ts';
import { type EncodedImage, encodePixels } from './encode-pixels.ts';
import { inspectImage } from './inspect-image.ts';

/** Longest side of a picture a person attached, in pixels: about what image models take in, and 12 MB as raw RGB. */
export const referenceSideMax = 2048;

/**
 * Makes a person's attached picture safe to keep and to send on: upright, at most 2048 px, re-encoded as PNG (from PNG)
 * or JPEG, without EXIF, GPS, XMP or colour profile.
 *
 * @throws MediaError as `decodeImage`.
 */
export async function normalizeReference(bytes: Uint8Array): Promise<EncodedImage> {
  const { width, height, type, hasAlpha } = await inspectImage(bytes);
  const scale = Math.min(1, referenceSideMax / Math.max(width, height));
  const { pixels } = await decodeImage(bytes, { scale });
  return encodePixels(pixels, { type: type === 'png' || hasAlpha ? 'png' : 'jpeg', quality: 92 });
}
