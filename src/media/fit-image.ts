import { decodeImage } from './decode-image.ts';
import { type EncodedImage, type EncodeOptions, encodePixels } from './encode-pixels.ts';
import { type ImageFacts, type ImageType, inspectImage } from './inspect-image.ts';
import { MediaError } from './media-error.ts';

/** A platform's limits for one picture. Sides and their sum are pixels. */
export type ImageBudget = {
  bytesMax: number;
  types: readonly ImageType[];
  pixelsMax?: number;
  sideMax?: number;
  /** Width plus height, as Telegram counts it for photos. */
  sideSumMax?: number;
};

/** Tried in this order at the first size, then the lowest at each smaller size. */
const qualities = [92, 85, 75] as const;
const sizesMax = 8;
/** No picture is made smaller than this, in pixels on the longest side: it would be of no use to anyone. */
const sideMin = 32;

/**
 * Brings a picture under a budget: untouched when it fits, else lower quality, then smaller, at most 12 encodings.
 * A PNG stays a PNG where the budget allows it and resizing alone is enough. Re-encoding drops metadata.
 *
 * @throws MediaError `cannot_fit` when even a tiny picture is over the budget, else as `decodeImage`.
 */
export async function fitImage(bytes: Uint8Array, budget: ImageBudget): Promise<EncodedImage> {
  const facts = await inspectImage(bytes);
  let scale = scaleFor(facts, budget);
  if (scale === 1 && budget.types.includes(facts.type) && bytes.byteLength <= budget.bytesMax) {
    return { bytes, type: facts.type, width: facts.width, height: facts.height };
  }
  if (budget.types.length === 0) throw new MediaError('cannot_fit', 'the budget names no type');
  const longest = Math.max(facts.width, facts.height);
  for (let size = 0; size < sizesMax && (size === 0 || scale * longest >= sideMin); size++) {
    const { pixels } = await decodeImage(bytes, { scale });
    let smallest = Number.POSITIVE_INFINITY;
    for (const attempt of attemptsAt(size, scale, facts, budget.types)) {
      const encoded = await encodePixels(pixels, attempt);
      if (encoded.bytes.byteLength <= budget.bytesMax) return encoded;
      smallest = Math.min(smallest, encoded.bytes.byteLength);
    }
    // Bytes grow about with pixels; a little less than the estimate, so that most pictures need one more size only.
    scale *= Math.min(0.85, Math.max(0.2, Math.sqrt(budget.bytesMax / smallest) * 0.95));
  }
  throw new MediaError('cannot_fit', `no usable size is under ${budget.bytesMax} bytes`);
}

function scaleFor({ width, height }: ImageFacts, { pixelsMax, sideMax, sideSumMax }: ImageBudget): number {
  return Math.min(
    1,
    pixelsMax === undefined ? 1 : Math.sqrt(pixelsMax / (width * height)),
    sideMax === undefined ? 1 : sideMax / Math.max(width, height),
    sideSumMax === undefined ? 1 : sideSumMax / (width + height),
  );
}

function attemptsAt(size: number, scale: number, facts: ImageFacts, types: readonly ImageType[]): EncodeOptions[] {
  const png: EncodeOptions = { type: 'png', quality: 100 };
  const wanted: ImageType[] = facts.hasAlpha ? ['webp', 'jpeg'] : ['jpeg', 'webp'];
  const lossy = wanted.find((type) => types.includes(type));
  if (!lossy) return [png];
  if (size > 0) return [{ type: lossy, quality: 75 }];
  const attempts = qualities.map((quality): EncodeOptions => ({ type: lossy, quality }));
  // In its own size it would have as many bytes as it had, for the dearest encoding of all.
  const mayStay = facts.type === 'png' && types.includes('png') && scale < 1;
  return mayStay ? [png, ...attempts] : attempts;
}
