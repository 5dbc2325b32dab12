import type { Size } from '#core/ports/images.ts';

/** True when two shapes differ so much that a person sees it: by more than 2 %. */
export function ratioDiffers(a: Size, b: Size): boolean {
  return ratioError(a, b) > Math.log(1.02);
}

/** The listed size nearest in shape, of those the one nearest in area. `listed` must not be empty. */
export function nearestListed(listed: readonly Size[], wanted: Size): Size {
  const areaError = (size: Size) => Math.abs(Math.log((size.width * size.height) / (wanted.width * wanted.height)));
  const [nearest] = [...listed].sort(
    (a, b) => ratioError(a, wanted) - ratioError(b, wanted) || areaError(a) - areaError(b),
  );
  if (!nearest) throw new RangeError('a model with a list of sizes lists at least one');
  return nearest;
}

function ratioError(a: Size, b: Size): number {
  return Math.abs(Math.log((a.width * b.height) / (a.height * b.width)));
}
