import type { Exif } from 'sharp';
import { inspectImage } from './inspect-image.ts';
import { openPicture } from './sharp.ts';

/** How a picture came to be, as stored inside it. */
export type EaselMetadata = {
  prompt: string;
  model: string;
  seed?: number;
  /** Of an enlargement: what made it of the model's picture. */
  upscaler?: string;
};

/** A JPEG's EXIF must fit one 64 KiB segment; escaped and plain, this many UTF-16 units need 32 KB at most. */
const promptUnitsMax = 4000;

const subIfdTag = 0x8769;
const userCommentTag = 0x9286;
const commentHeader = 'ASCII\0\0\0';

/**
 * EXIF with `Software`, the prompt for people (`XPComment`, UTF-16) and a JSON `UserComment` for `readEaselMetadata`.
 * A prompt over 4000 UTF-16 units is cut.
 */
export function easelExif(metadata: EaselMetadata): Exif {
  const prompt = metadata.prompt.slice(0, promptUnitsMax).toWellFormed();
  // vips turns what is not ASCII into '?' in every tag but the XP ones, so the JSON is escaped down to ASCII.
  const json = JSON.stringify({ easel: 1, ...metadata, prompt }).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const description: Record<string, string> = /^[\x20-\x7e]+$/.test(prompt) ? { ImageDescription: prompt } : {};
  return { IFD0: { Software: 'Easel', XPComment: prompt, ...description }, IFD2: { UserComment: json } };
}

/**
 * Reads back what `easelExif` wrote; undefined for pictures that are not ours.
 *
 * @throws MediaError as `inspectImage`.
 */
export async function readEaselMetadata(bytes: Uint8Array): Promise<EaselMetadata | undefined> {
  await inspectImage(bytes);
  const { exif } = await (await openPicture(bytes)).metadata();
  const comment = exif && findUserComment(exif);
  if (!comment?.startsWith(commentHeader)) return undefined;
  try {
    const stored: unknown = JSON.parse(comment.slice(commentHeader.length).replace(/\0+$/, ''));
    return isStored(stored) ? pick(stored) : undefined;
  } catch {
    return undefined;
  }
}

function isStored(value: unknown): value is EaselMetadata & { easel: 1 } {
  if (typeof value !== 'object' || value === null) return false;
  const { easel, prompt, model, seed, upscaler } = value as Record<string, unknown>;
  const seedIsGood = seed === undefined || typeof seed === 'number';
  const upscalerIsGood = upscaler === undefined || typeof upscaler === 'string';
  return easel === 1 && typeof prompt === 'string' && typeof model === 'string' && seedIsGood && upscalerIsGood;
}

function pick({ prompt, model, seed, upscaler }: EaselMetadata): EaselMetadata {
  return {
    ...{ prompt, model },
    ...(seed === undefined ? {} : { seed }),
    ...(upscaler === undefined ? {} : { upscaler }),
  };
}

/** Walks the TIFF directories of an EXIF block to `UserComment`. Offsets are foreign data: a wrong one finds nothing. */
function findUserComment(exif: Buffer): string | undefined {
  const tiff = exif.toString('latin1', 0, 6) === 'Exif\0\0' ? exif.subarray(6) : exif;
  const isLittleEndian = tiff.toString('latin1', 0, 2) === 'II';
  const u16 = (at: number) => (isLittleEndian ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const u32 = (at: number) => (isLittleEndian ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
  const findEntry = (directory: number, tag: number): number | undefined => {
    for (let index = 0; index < u16(directory); index++) {
      const entry = directory + 2 + index * 12;
      if (u16(entry) === tag) return entry;
    }
    return undefined;
  };
  try {
    const subIfd = findEntry(u32(4), subIfdTag);
    const comment = subIfd === undefined ? undefined : findEntry(u32(subIfd + 8), userCommentTag);
    if (comment === undefined) return undefined;
    const start = u32(comment + 8);
    return tiff.toString('latin1', start, start + u32(comment + 4));
  } catch {
    return undefined;
  }
}
