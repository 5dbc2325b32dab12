import { blendBadges, drawBadges } from './badges.ts';
import { type EncodedImage, encodePixels } from './encode-pixels.ts';
import { inspectImage } from './inspect-image.ts';
import { type Box, layoutSheet, type Size } from './layout.ts';
import { MediaError } from './media-error.ts';
import { openOwnDrawing, openPicture, type Pixels } from './sharp.ts';

export type TileState = 'failed' | 'cancelled' | 'waiting';

/** One cell of a contact sheet: its number (digits only) and its picture, or null with the reason why there is none. */
export type SheetTile = { label: string; image: Uint8Array | null; state?: TileState };

const sheetColor = { r: 24, g: 25, b: 28 };
const sheetQuality = 85;

/**
 * One picture of all pictures of a batch, numbered, in the order given; made from the stored thumbnails. JPEG, because
 * Slack refuses WebP in blocks. `cellSideMax` is the longest side of a picture in the sheet, in pixels.
 *
 * @throws RangeError without tiles or for a label that is not a number; MediaError as `decodeImage`.
 */
export async function composeContactSheet(
  tiles: readonly SheetTile[],
  options: { cellSideMax?: number } = {},
): Promise<EncodedImage> {
  const pictures = await Promise.all(tiles.map(({ image }) => (image ? inspectImage(image) : null)));
  const placeholder: Size = pictures.find((picture) => picture !== null) ?? { width: 1, height: 1 };
  const sizes = pictures.map((picture) => picture ?? placeholder);
  const layout = layoutSheet(sizes, options.cellSideMax);
  const sheet = blankSheet(layout);
  await Promise.all([
    drawBadges(tiles, layout),
    ...tiles.map(async (tile, index) => {
      const place = layout.cells[index];
      if (!place) return;
      const box = tile.image ? place.picture : place.cell;
      const size = sizes[index] ?? box;
      copyRows(
        tile.image ? await drawPicture(tile.image, size, box) : await drawPlaceholder(tile.state, box),
        box,
        sheet,
      );
    }),
  ]).then(([badges]) => blendBadges(badges, sheet));
  return encodePixels(sheet, { type: 'jpeg', quality: sheetQuality });
}

async function drawPicture(image: Uint8Array, { width, height }: Size, box: Size): Promise<Pixels> {
  const opened = (await openPicture(image)).autoOrient().toColourspace('srgb').flatten({ background: sheetColor });
  const hasSize = width === box.width && height === box.height;
  const picture = hasSize ? opened : opened.resize(box.width, box.height, { fit: 'fill' });
  const data = await picture
    .raw()
    .toBuffer()
    .catch((cause: unknown) => {
      throw new MediaError('damaged', 'the picture data is damaged', { cause });
    });
  return toPixels(data, box);
}

async function drawPlaceholder(state: TileState = 'failed', box: Size): Promise<Pixels> {
  const { width, height } = box;
  const half = Math.min(width, height) * 0.11;
  const [x, y] = [width / 2, height / 2];
  const marks: Record<TileState, string> = {
    failed: `M${x - half} ${y - half}L${x + half} ${y + half}M${x + half} ${y - half}L${x - half} ${y + half}`,
    cancelled: `M${x - half} ${y}H${x + half}`,
    waiting: [-1, 0, 1].map((step) => `M${x + step * half} ${y}h0`).join(''),
  };
  const color = state === 'failed' ? '#b8747a' : '#7d818c';
  const drawing = await openOwnDrawing(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
      `<rect width="${width}" height="${height}" fill="#2a2c31"/>` +
      `<circle cx="${x}" cy="${y}" r="${half * 2.1}" fill="#33363c"/>` +
      `<path d="${marks[state]}" fill="none" stroke="${color}" stroke-width="${half * 0.36}" stroke-linecap="round"/></svg>`,
  );
  return toPixels(await drawing.flatten({ background: sheetColor }).raw().toBuffer(), box);
}

function toPixels(data: Uint8Array, { width, height }: Size): Pixels {
  return { data, width, height, channels: 3 };
}

function blankSheet({ width, height }: Size): Pixels {
  const { r, g, b } = sheetColor;
  return toPixels(Buffer.alloc(width * height * 3, Buffer.from([r, g, b])), { width, height });
}

/** Measured for fifty: 4 ms to copy their rows, 90 ms as one vips composite. */
function copyRows(from: Pixels, to: Box, sheet: Pixels): void {
  const rowBytes = from.width * 3;
  for (let row = 0; row < from.height; row++) {
    const source = from.data.subarray(row * rowBytes, (row + 1) * rowBytes);
    sheet.data.set(source, ((to.y + row) * sheet.width + to.x) * 3);
  }
}
