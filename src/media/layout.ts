export type Size = { width: number; height: number };
export type Box = Size & { x: number; y: number };

/** Where one picture goes: its cell, and the picture's own box centred in it, uncropped. Whole pixels. */
export type SheetCell = { cell: Box; picture: Box };
export type SheetLayout = Size & { columns: number; rows: number; cells: SheetCell[] };

/**
 * Widest sheet, in pixels: ten stored thumbnails side by side, so that fifty go in as they are; resizing them costs more than
 * decoding them. With `sheetHeightMax` it keeps Telegram's rules for photos (width + height ≤ 10000, ratio ≤ 20; sendPhoto).
 */
export const sheetWidthMax = 2688;
export const sheetHeightMax = 4096;
/** A cell is at least this high and wide, in pixels, so that its number fits beside a very flat picture. */
const cellSideMin = 72;
const gap = 8;
const margin = 12;
/** Chats show a picture a little wider than high at its largest. */
const ratioWanted = 1.35;

/**
 * Lays pictures out in rows, left to right and top to bottom in the order given. All cells are alike, just large enough
 * for every picture at `cellSideMax` on its longest side; pictures are never enlarged beyond that nor cropped.
 *
 * @throws RangeError without pictures or when a side is not positive.
 */
export function layoutSheet(sizes: readonly Size[], cellSideMax = 256): SheetLayout {
  if (sizes.length === 0) throw new RangeError('a sheet needs at least one picture');
  if (sizes.some(({ width, height }) => !(width > 0 && height > 0))) throw new RangeError('a picture has no size');
  const fitted = sizes.map((size) => fitInside(size, { width: cellSideMax, height: cellSideMax }));
  const wanted: Size = {
    width: Math.max(cellSideMin, ...fitted.map(({ width }) => width)),
    height: Math.max(cellSideMin, ...fitted.map(({ height }) => height)),
  };
  const candidates = sizes.map((_, index) => gridOf(sizes.length, index + 1, wanted));
  const best = candidates.reduce((left, right) =>
    costOf(right, sizes.length) < costOf(left, sizes.length) ? right : left,
  );
  return { ...best, cells: sizes.map((size, index) => placeCell(best, index, size)) };
}

/** `shrunk` is the part of a cell's side that was lost to the sheet's limits, 0 for none. */
type Grid = Size & { columns: number; rows: number; cell: Size; shrunk: number };

function gridOf(count: number, columns: number, wanted: Size): Grid {
  const rows = Math.ceil(count / columns);
  const room = { width: sheetWidthMax - frame(columns), height: sheetHeightMax - frame(rows) };
  const scale = Math.min(1, room.width / (columns * wanted.width), room.height / (rows * wanted.height));
  const cell = {
    width: Math.max(1, Math.floor(wanted.width * scale)),
    height: Math.max(1, Math.floor(wanted.height * scale)),
  };
  return {
    columns,
    rows,
    cell,
    shrunk: 1 - scale,
    width: columns * cell.width + frame(columns),
    height: rows * cell.height + frame(rows),
  };
}

function frame(cells: number): number {
  return 2 * margin + (cells - 1) * gap;
}

/** Prefers the wanted shape, few empty places in the last row, and cells that did not have to shrink. */
function costOf(grid: Grid, count: number): number {
  const shape = Math.abs(Math.log(grid.width / grid.height / ratioWanted));
  const empty = (grid.columns * grid.rows - count) / count;
  return shape + 1.5 * empty + 2 * grid.shrunk;
}

function placeCell(grid: Grid, index: number, size: Size): SheetCell {
  const column = index % grid.columns;
  const row = Math.floor(index / grid.columns);
  const cell: Box = {
    ...grid.cell,
    x: margin + column * (grid.cell.width + gap),
    y: margin + row * (grid.cell.height + gap),
  };
  const inner = fitInside(size, cell);
  return {
    cell,
    picture: {
      ...inner,
      x: cell.x + Math.floor((cell.width - inner.width) / 2),
      y: cell.y + Math.floor((cell.height - inner.height) / 2),
    },
  };
}

/** Largest whole-pixel size of the same shape inside `room`, at least one pixel. */
function fitInside({ width, height }: Size, room: Size): Size {
  const scale = Math.min(room.width / width, room.height / height);
  return {
    width: Math.min(room.width, Math.max(1, Math.round(width * scale))),
    height: Math.min(room.height, Math.max(1, Math.round(height * scale))),
  };
}
