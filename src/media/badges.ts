import { badgeSize, drawBadge } from './digits.ts';
import type { Box, SheetCell, Size } from './layout.ts';
import { openOwnDrawing, type Pixels } from './sharp.ts';

/** Badges drawn one below the other, and where on the sheet each of them belongs. */
export type BadgeStrip = { pixels: Pixels; places: readonly Box[] };

/** Draws the numbers of cells in one rendering instead of one for each cell. */
export async function drawBadges(tiles: readonly { label: string; place: SheetCell; box: Box }[]): Promise<BadgeStrip> {
  const places = tiles.map(({ label, place, box }) => placeBadge(label, box, place.cell));
  const width = Math.max(...places.map((place) => place.width));
  const height = places.reduce((sum, place) => sum + place.height, 0);
  let y = 0;
  const drawn = places.map((place, index) => {
    const badge = drawBadge(tiles[index]?.label ?? '', 0, y, place.height);
    y += place.height;
    return badge;
  });
  const drawing = await openOwnDrawing(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${drawn.join('')}</svg>`,
  );
  const data = await drawing.ensureAlpha().raw().toBuffer();
  return { pixels: { data, width, height, channels: 4 }, places };
}

/** One size in all cells; smaller only where a very flat picture leaves no room. Top left corner of the picture. */
function placeBadge(label: string, box: Box, cell: Size): Box {
  const wanted = Math.round(Math.max(16, Math.min(34, Math.min(cell.width, cell.height) * 0.14)));
  const inset = Math.round(Math.min(8, box.height * 0.05, box.width * 0.05));
  let height = Math.max(6, Math.min(wanted, box.height - 2 * inset));
  const wide = badgeSize(label, height).width;
  if (wide > box.width - 2 * inset) height = Math.max(6, Math.floor((height * (box.width - 2 * inset)) / wide));
  return { x: box.x + inset, y: box.y + inset, ...badgeSize(label, height) };
}

/** Puts the badges over the pictures of a 3-channel sheet, in place; what lies outside the sheet is left out. */
export function blendBadges({ pixels, places }: BadgeStrip, sheet: Pixels): void {
  let top = 0;
  for (const place of places) {
    const rows = Math.min(place.height, sheet.height - place.y);
    const columns = Math.min(place.width, sheet.width - place.x);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const source = ((top + row) * pixels.width + column) * 4;
        const target = ((place.y + row) * sheet.width + place.x + column) * 3;
        const alpha = (pixels.data[source + 3] ?? 0) / 255;
        for (let channel = 0; channel < 3; channel++) {
          const under = sheet.data[target + channel] ?? 0;
          sheet.data[target + channel] = under + ((pixels.data[source + channel] ?? 0) - under) * alpha;
        }
      }
    }
    top += place.height;
  }
}
