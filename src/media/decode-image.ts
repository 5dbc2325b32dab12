import { type ImageFacts, inspectImage } from './inspect-image.ts';
import { MediaError } from './media-error.ts';
import { openPicture, type Pixels } from './sharp.ts';

export type DecodedImage = ImageFacts & { pixels: Pixels };

/**
 * Decodes a checked picture to upright 8-bit sRGB pixels without any of its metadata; a colour profile is applied, then dropped.
 * `scale` (at most 1) makes it smaller while decoding.
 *
 * @throws MediaError as `inspectImage`, and `damaged` when the pixel data is broken or cut off.
 */
export async function decodeImage(bytes: Uint8Array, options: { scale?: number } = {}): Promise<DecodedImage> {
  const facts = await inspectImage(bytes);
  let picture = (await openPicture(bytes)).autoOrient().toColourspace('srgb');
  const scale = options.scale ?? 1;
  if (scale < 1) {
    const width = Math.max(1, Math.floor(facts.width * scale));
    const height = Math.max(1, Math.floor(facts.height * scale));
    picture = picture.resize(width, height, { fit: 'fill' });
  }
  const { data, info } = await picture
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => {
      throw new MediaError('damaged', 'the picture data is damaged', { cause });
    });
  if (info.channels !== 3 && info.channels !== 4) {
    throw new MediaError('damaged', `the picture has ${info.channels} channels`);
  }
  return { ...facts, pixels: { data, width: info.width, height: info.height, channels: info.channels } };
}
