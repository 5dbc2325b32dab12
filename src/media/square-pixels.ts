import { decodeImage } from './decode-image.ts';
import { backdrop } from './encode-pixels.ts';
import { openPixels } from './sharp.ts';

/**
 * A picture as `side` × `side` pixels of red, green and blue, one byte each, in its own memory: what models look at. What is
 * not square is squeezed.
 *
 * @throws MediaError as `decodeImage`.
 */
export async function squarePixels(bytes: Uint8Array, side: number): Promise<Uint8Array<ArrayBuffer>> {
  const { pixels } = await decodeImage(bytes);
  const data = await (await openPixels(pixels))
    .resize(side, side, { fit: 'fill' })
    .flatten({ background: backdrop })
    .raw()
    .toBuffer();
  return new Uint8Array(data);
}
