import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { drawBadge } from '#media/digits.ts';
import { composeContactSheet } from '#media/gallery.ts';
import { layoutSheet } from '#media/layout.ts';
import { fourColors, pixelAt, regionOf } from '#tests/media/pictures.ts';

const square = await fourColors(256, 256).jpeg({ quality: 95 }).toBuffer();
const plain = await sharp({ create: { width: 256, height: 256, channels: 3, background: '#2a6' } })
  .jpeg()
  .toBuffer();

describe('composeContactSheet', () => {
  it('puts every picture of fifty with mixed shapes into its numbered cell', async () => {
    const sizes = Array.from({ length: 50 }, (_, index) => ({ width: 256, height: [256, 144, 64][index % 3] ?? 256 }));
    const images = await Promise.all(
      sizes.map(({ width, height }) => fourColors(width, height).jpeg({ quality: 95 }).toBuffer()),
    );
    const sheet = await composeContactSheet(images.map((image, index) => ({ label: String(index + 1), image })));
    const layout = layoutSheet(sizes);
    expect(sheet).toMatchObject({ type: 'jpeg', width: layout.width, height: layout.height });
    expect(await sharp(sheet.bytes).metadata()).toMatchObject({
      format: 'jpeg',
      width: layout.width,
      height: layout.height,
    });
    for (const { picture } of layout.cells) {
      const lowerLeft = await pixelAt(sheet.bytes, picture.x + 40, picture.y + picture.height - 8);
      const upperRight = await pixelAt(sheet.bytes, picture.x + picture.width - 40, picture.y + 8);
      expect(lowerLeft[2]).toBeGreaterThan(180);
      expect(lowerLeft[0]).toBeLessThan(80);
      expect(upperRight[1]).toBeGreaterThan(150);
      expect(upperRight[0]).toBeLessThan(80);
    }
  });

  it('shows a different number in each cell and the same number alike', async () => {
    const labels = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '8'];
    const sheet = await composeContactSheet(labels.map((label) => ({ label, image: plain })));
    const layout = layoutSheet(labels.map(() => ({ width: 256, height: 256 })));
    const badges = await Promise.all(
      // The lower half of the picture has no badge; the upper left corner holds nothing else than one.
      layout.cells.map(({ picture }) => regionOf(sheet.bytes, picture.x, picture.y, 60, 48)),
    );
    const whitest = badges.map((badge) => Math.max(...badge));
    expect(Math.min(...whitest)).toBeGreaterThan(220);
    for (let left = 0; left < 10; left++) {
      for (let right = left + 1; right < 10; right++)
        expect(strokeDifference(badges[left], badges[right])).toBeGreaterThan(25);
    }
    expect(strokeDifference(badges[7], badges[10])).toBeLessThan(8);
  });

  it('gives failed, cancelled, waiting and deleted pictures calm cells that can be told apart', async () => {
    const states = ['failed', 'cancelled', 'waiting', 'deleted'] as const;
    const tiles = states.map((state) => ({ label: '7', image: null, state }));
    const sheet = await composeContactSheet([{ label: '7', image: square }, ...tiles]);
    const { cells } = layoutSheet(Array.from({ length: 5 }, () => ({ width: 256, height: 256 })));
    const middles = await Promise.all(
      cells.map(({ cell }) => regionOf(sheet.bytes, cell.x + 78, cell.y + 78, 100, 100)),
    );
    for (const [left, right] of [
      [1, 2],
      [1, 3],
      [2, 3],
      [1, 4],
      [2, 4],
      [3, 4],
    ] as const)
      expect(difference(middles[left], middles[right])).toBeGreaterThan(1);
    const corner = cells[1]?.cell;
    const background = await pixelAt(sheet.bytes, (corner?.x ?? 0) + 240, (corner?.y ?? 0) + 240);
    expect(Math.max(...background)).toBeLessThan(70);
  });

  it('makes a sheet when no picture exists', async () => {
    const sheet = await composeContactSheet([
      { label: '1', image: null },
      { label: '2', image: null, state: 'cancelled' },
    ]);
    expect((await sharp(sheet.bytes).metadata()).width).toBe(sheet.width);
  });

  it('copes with the flattest and the tallest pictures', async () => {
    const flat = await fourColors(256, 4).png().toBuffer();
    const tall = await fourColors(4, 256).png().toBuffer();
    const sheet = await composeContactSheet([
      { label: '499', image: flat },
      { label: '500', image: tall },
    ]);
    expect((await sharp(sheet.bytes).metadata()).height).toBe(sheet.height);
  });

  it('refuses a damaged picture and a label that is not a number', async () => {
    const cut = square.subarray(0, square.length / 2);
    await expect(composeContactSheet([{ label: '1', image: cut }])).rejects.toMatchObject({ reason: 'damaged' });
    await expect(composeContactSheet([{ label: '<b>', image: square }])).rejects.toThrow(RangeError);
  });
});

describe('drawBadge', () => {
  it('draws digits as paths, without text or fonts', () => {
    const svg = drawBadge('1234567890', 0, 0, 32);
    expect(svg.match(/<path /g)).toHaveLength(10);
    expect(svg).not.toMatch(/<text|font|undefined|NaN/);
  });
});

/** Mean difference of two regions, 0…255. */
function difference(left: Buffer | undefined, right: Buffer | undefined): number {
  if (!left || !right || left.length !== right.length) return Number.NaN;
  return left.reduce((sum, value, index) => sum + Math.abs(value - (right[index] ?? 0)), 0) / left.length;
}

/** How many pixels are white stroke in one region and not in the other; JPEG noise does not count. */
function strokeDifference(left: Buffer | undefined, right: Buffer | undefined): number {
  if (!left || !right || left.length !== right.length) return Number.NaN;
  const isStroke = (region: Buffer, at: number) => Math.min(...region.subarray(at, at + 3)) > 150;
  let count = 0;
  for (let at = 0; at < left.length; at += 3) if (isStroke(left, at) !== isStroke(right, at)) count++;
  return count;
}
