import type { EncodedImage } from './encode-pixels.ts';
import { inspectImage } from './inspect-image.ts';
import { layoutSheet, type SheetCell, type SheetLayout, type Size } from './layout.ts';
import type { Pixels } from './sharp.ts';
import {
  blankSheet,
  type DrawnTile,
  drawPicture,
  drawPlaceholder,
  encodeSheet,
  pasteTiles,
  type TileState,
} from './sheet-pixels.ts';

/** One cell of a sheet that fills in. */
export interface LiveCell {
  /** Its number, digits only. */
  label: string;
  /** Of its picture, or of the one that is expected; only the shape counts. */
  size: Size;
  /** Names what it shows: a cell is drawn again where this differs from what it showed before. */
  shows: string;
  /** Reads the picture; null where there is none yet. */
  read: (() => Promise<Uint8Array>) | null;
  /** What is drawn where there is no picture. */
  state: TileState;
}

/** A contact sheet with its pixels at hand, so that the next picture costs no more than itself and the encoding. */
export interface LiveSheet {
  layout: SheetLayout;
  pixels: Pixels;
  /** What each cell shows; undefined where its picture could not be read. */
  shown: readonly (string | undefined)[];
  encoded: EncodedImage;
}

/**
 * Draws a contact sheet, or of an earlier one only the cells that are to show something else now; the pixels are the same
 * either way. `before` is drawn on and must not be used any more, also when this fails. The cell of a picture that
 * cannot be read shows its state and is tried again the next time; `onUnreadable` hears why.
 *
 * @throws RangeError without cells or for a label that is not a number.
 */
export async function refreshSheet(
  before: LiveSheet | undefined,
  cells: readonly LiveCell[],
  onUnreadable: (error: unknown, cell: LiveCell) => void = () => undefined,
): Promise<LiveSheet> {
  const layout = layoutSheet(cells.map(({ size }) => size));
  const kept = before && hasSameGrid(before.layout, layout) ? before : undefined;
  const shown = cells.map((_, index) => kept?.shown[index]);
  const changed = cells.flatMap((cell, index) => {
    const place = layout.cells[index];
    return place && cell.shows !== shown[index] ? [{ cell, index, place }] : [];
  });
  if (kept && changed.length === 0) return kept;
  const pixels = kept?.pixels ?? blankSheet(layout);
  const placeholders = createPlaceholders();
  const tiles = await Promise.all(
    changed.map(async ({ cell, index, place }) => {
      const picture = await drawCell(cell, place).catch((error: unknown) => {
        onUnreadable(error, cell);
        return undefined;
      });
      shown[index] = picture || !cell.read ? cell.shows : undefined;
      return picture ?? placeholders(cell, place);
    }),
  );
  await pasteTiles(tiles, pixels);
  return { layout, pixels, shown, encoded: await encodeSheet(pixels) };
}

async function drawCell({ label, read }: LiveCell, place: SheetCell): Promise<DrawnTile | undefined> {
  if (!read) return undefined;
  const image = await read();
  return drawPicture(label, place, image, await inspectImage(image));
}

/** At first most cells wait, and look alike: each kind is drawn once. */
function createPlaceholders(): (cell: LiveCell, place: SheetCell) => Promise<DrawnTile> {
  const drawn = new Map<TileState, Promise<DrawnTile>>();
  return async ({ label, state }, place) => {
    const same = drawn.get(state) ?? drawPlaceholder(label, place, state);
    drawn.set(state, same);
    return { ...(await same), label, place, box: place.cell };
  };
}

/** The cells lie in the same places; what is inside them follows from their own pictures. */
function hasSameGrid(one: SheetLayout, other: SheetLayout): boolean {
  const [first, second] = [one.cells[0]?.cell, other.cells[0]?.cell];
  return (
    one.cells.length === other.cells.length &&
    one.width === other.width &&
    one.height === other.height &&
    one.columns === other.columns &&
    first?.width === second?.width &&
    first?.height === second?.height
  );
}
