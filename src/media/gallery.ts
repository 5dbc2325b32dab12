import type { EncodedImage } from './encode-pixels.ts';
import { inspectImage } from './inspect-image.ts';
import { layoutSheet, type Size } from './layout.ts';
import {
  blankSheet,
  type DrawnTile,
  drawPicture,
  drawPlaceholder,
  encodeSheet,
  pasteTiles,
  type TileState,
} from './sheet-pixels.ts';

/**
 * One cell of a contact sheet: its number (digits only) and its picture, or null with the reason why there is none.
 * `size` has the shape of the picture that was expected instead; without it, that of the first that is there.
 */
export type SheetTile = { label: string; image: Uint8Array | null; state?: TileState; size?: Size };

/**
 * One picture of all pictures of a batch, numbered, in the order given; made from the stored thumbnails. `cellSideMax` is
 * the longest side of a picture in the sheet, in pixels.
 *
 * @throws RangeError without tiles or for a label that is not a number; MediaError as `decodeImage`.
 */
export async function composeContactSheet(
  tiles: readonly SheetTile[],
  options: { cellSideMax?: number } = {},
): Promise<EncodedImage> {
  const pictures = await Promise.all(tiles.map(({ image }) => (image ? inspectImage(image) : null)));
  const placeholder: Size = pictures.find((picture) => picture !== null) ?? { width: 1, height: 1 };
  const sizes = pictures.map((picture, index) => picture ?? tiles[index]?.size ?? placeholder);
  const layout = layoutSheet(sizes, options.cellSideMax);
  const drawn = await Promise.all(
    layout.cells.map(async (place, index): Promise<DrawnTile[]> => {
      const [tile, size] = [tiles[index], sizes[index]];
      if (!tile || !size) return [];
      const { label, image, state = 'failed' } = tile;
      return [image ? await drawPicture(label, place, image, size) : await drawPlaceholder(label, place, state)];
    }),
  );
  const sheet = blankSheet(layout);
  await pasteTiles(drawn.flat(), sheet);
  return encodeSheet(sheet);
}
