import { MediaError } from './media-error.ts';
import { inputPixelsMax, loadSharp } from './sharp.ts';

export type ImageType = 'png' | 'jpeg' | 'webp';

export type ImageFacts = {
  type: ImageType;
  /** Pixels, after the orientation the camera recorded is applied. */
  width: number;
  height: number;
  hasAlpha: boolean;
};

const accepted: readonly { type: ImageType; matches: (head: Buffer) => boolean }[] = [
  { type: 'png', matches: (head) => head.toString('latin1', 0, 8) === '\x89PNG\r\n\x1a\n' },
  { type: 'jpeg', matches: (head) => head.toString('latin1', 0, 3) === '\xff\xd8\xff' },
  {
    type: 'webp',
    matches: (head) => head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP',
  },
];

const refusedMagic = [
  'GIF8',
  'BM',
  'II*\0',
  'MM\0*',
  '%PDF',
  '8BPS',
  '\0\0\x01\0',
  '\xff\x0a',
  '\0\0\0\x0cJXL ',
  'qoif',
];
const headBytes = 1024;

/**
 * What the first bytes say. Only PNG, JPEG and WebP go on to a decoder: SVG, PDF and the rest never reach one,
 * so nothing in them is fetched, run or expanded.
 *
 * @throws MediaError `unsupported_type` for other picture formats, `not_an_image` for anything else.
 */
export function sniffImageType(bytes: Uint8Array): ImageType {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, headBytes));
  const found = accepted.find(({ matches }) => matches(head));
  if (found) return found.type;
  const text = head.toString('latin1');
  // ISO media (HEIC, AVIF, also MP4) names its brand after `ftyp`.
  const isRefusedPicture =
    refusedMagic.some((magic) => text.startsWith(magic)) ||
    /^.{4}ftyp(heic|heix|hevc|heim|heis|mif1|msf1|avif|avis)/s.test(text) ||
    /<svg[\s>]|<!DOCTYPE svg/i.test(text);
  throw isRefusedPicture
    ? new MediaError('unsupported_type', 'the picture is not a PNG, JPEG or WebP')
    : new MediaError('not_an_image', 'the file is not a picture');
}

/**
 * Checks a picture from its header alone; no pixel is decoded, so a bomb costs nothing.
 * A file whose header is fine may still turn out `damaged` when it is decoded.
 *
 * @throws MediaError `not_an_image`, `unsupported_type` (also animations), `too_many_pixels`, `damaged`.
 */
export async function inspectImage(bytes: Uint8Array): Promise<ImageFacts> {
  const type = sniffImageType(bytes);
  const sharp = await loadSharp();
  // The pixel limit is checked below instead, to tell "too large" from "damaged" without reading error texts.
  const header = await sharp(bytes, { limitInputPixels: false, failOn: 'error' })
    .metadata()
    .catch((cause: unknown) => {
      throw new MediaError('damaged', 'the picture cannot be read', { cause });
    });
  if (header.format !== type) throw new MediaError('damaged', 'the picture is not what its first bytes say');
  if (header.width * header.height > inputPixelsMax) {
    throw new MediaError('too_many_pixels', `${header.width}×${header.height} is over ${inputPixelsMax} pixels`);
  }
  if ((header.pages ?? 1) > 1) throw new MediaError('unsupported_type', 'the picture is an animation');
  const { width, height } = header.autoOrient;
  return { type, width, height, hasAlpha: header.hasAlpha };
}
