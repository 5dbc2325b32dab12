import { decodeImage } from './decode-image.ts';
import type { EncodedImage } from './encode-pixels.ts';
import { backdrop } from './encode-pixels.ts';
import { openPixels } from './sharp.ts';

/** What is left of a picture, in pixels of the longer side: its colours, and nothing that anybody could tell or sharpen again. */
const colorsMax = 12;
const sideMax = 512;

/**
 * A picture of which nothing but colours can be told, for places where it may not be seen: JPEG, in the same shape, at most 512
 * pixels a side, without metadata.
 *
 * @throws MediaError as `decodeImage`.
 */
export async function blurPicture(bytes: Uint8Array): Promise<EncodedImage> {
  const { pixels } = await decodeImage(bytes);
  const { width, height } = blurredSize(pixels);
  const small = await (await openPixels(pixels))
    .flatten({ background: backdrop })
    .resize(colorsMax, colorsMax, { fit: 'inside', withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const colors = { data: small.data, width: small.info.width, height: small.info.height, channels: 3 as const };
  const data = await (await openPixels(colors))
    .resize(width, height, { fit: 'fill', kernel: 'cubic' })
    .jpeg({ quality: 70 })
    .toBuffer();
  return { bytes: data, type: 'jpeg', width, height };
}

/** In which size a picture is blurred. */
export function blurredSize({ width, height }: { width: number; height: number }): { width: number; height: number } {
  const scale = Math.min(1, sideMax / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
