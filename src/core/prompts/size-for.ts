import { nearestListed } from '#core/ports/image-sizes.ts';
import type { ModelSizes, Size } from '#core/ports/images.ts';

/** How much of the wanted area is given up for an exact ratio: shorter sides are tried down and up to this share. */
const shortSideTolerance = 0.12;
/** A shape off by 1 % weighs as much as an area off by 20 %. */
const ratioWeight = 20;

/**
 * The size in pixels to ask a model for, given an aspect ratio such as `{ width: 16, height: 9 }`.
 * A listed size is the one nearest in shape; a free one has about `sizes.pixels` pixels, its sides in steps.
 * A ratio beyond the model's bounds gets the nearest it can do; `ratioDiffers` tells whether that shows.
 */
export function sizeFor(sizes: ModelSizes, ratio: Size): Size {
  return sizes.kind === 'list' ? nearestListed(sizes.sizes, ratio) : freeSize(sizes, ratio);
}

function freeSize(sizes: Extract<ModelSizes, { kind: 'free' }>, ratio: Size): Size {
  const { step, sideMax, pixels, ratioMax } = sizes;
  const stretch = Math.min(Math.max(ratio.width / ratio.height, ratio.height / ratio.width), ratioMax);
  const idealShort = Math.min(Math.sqrt(pixels / stretch), sideMax / stretch);
  const down = (side: number) => Math.floor(side / step) * step;

  let best: { short: number; long: number; error: number } | undefined;
  const first = Math.max(step, down(idealShort * (1 - shortSideTolerance)));
  for (let short = first; short === first || short <= idealShort * (1 + shortSideTolerance); short += step) {
    const longMax = Math.min(down(short * ratioMax), down(sideMax));
    const long = Math.max(short, Math.min(Math.round((short * stretch) / step) * step, longMax));
    const error =
      ratioWeight * Math.abs(Math.log(long / short / stretch)) + Math.abs(Math.log((long * short) / pixels));
    if (long <= sideMax && (!best || error < best.error)) best = { short, long, error };
  }
  const { short, long } = best ?? { short: step, long: step };
  return ratio.width >= ratio.height ? { width: long, height: short } : { width: short, height: long };
}
