import { describe, expect, it } from 'vitest';
import { layoutSheet, type Size, sheetHeightMax, sheetWidthMax } from '#media/layout.ts';

const counts = Array.from({ length: 49 }, (_, index) => index + 2);
const shapes: Size[] = [
  { width: 256, height: 256 },
  { width: 256, height: 144 },
  { width: 144, height: 256 },
  { width: 256, height: 13 },
  { width: 13, height: 256 },
];
const sets: readonly [string, (count: number) => Size[]][] = [
  ['squares', (count) => Array.from({ length: count }, () => ({ width: 1024, height: 1024 }))],
  ['wide pictures', (count) => Array.from({ length: count }, () => ({ width: 256, height: 13 }))],
  ['tall pictures', (count) => Array.from({ length: count }, () => ({ width: 13, height: 256 }))],
  [
    'mixed shapes',
    (count) => Array.from({ length: count }, (_, index) => shapes[index % 5] ?? { width: 1, height: 1 }),
  ],
];

describe.each(sets)('a sheet of %s', (_, make) => {
  it.each(counts)('of %i stays inside the limits, in reading order, without overlap', (count) => {
    const sheet = layoutSheet(make(count));
    expect(sheet.width).toBeLessThanOrEqual(sheetWidthMax);
    expect(sheet.height).toBeLessThanOrEqual(sheetHeightMax);
    expect(sheet.width + sheet.height).toBeLessThanOrEqual(10_000);
    expect(Math.max(sheet.width / sheet.height, sheet.height / sheet.width)).toBeLessThanOrEqual(20);
    expect(sheet.cells).toHaveLength(count);
    expect((sheet.rows - 1) * sheet.columns).toBeLessThan(count);
    for (const [index, { cell, picture }] of sheet.cells.entries()) {
      const left = sheet.cells[index - 1]?.cell;
      if (left && index % sheet.columns > 0) expect([cell.y, cell.x > left.x + left.width]).toEqual([left.y, true]);
      const above = sheet.cells[index - sheet.columns]?.cell;
      if (above) expect([cell.x, cell.y > above.y + above.height]).toEqual([above.x, true]);
      expect(cell.x + cell.width).toBeLessThan(sheet.width);
      expect(cell.y + cell.height).toBeLessThan(sheet.height);
      expect(picture.x).toBeGreaterThanOrEqual(cell.x);
      expect(picture.y).toBeGreaterThanOrEqual(cell.y);
      expect(picture.x + picture.width).toBeLessThanOrEqual(cell.x + cell.width);
      expect(picture.y + picture.height).toBeLessThanOrEqual(cell.y + cell.height);
    }
  });
});

describe('layoutSheet', () => {
  it('places fifty stored thumbnails at their own size', () => {
    const sheet = layoutSheet(Array.from({ length: 50 }, () => ({ width: 256, height: 256 })));
    expect(sheet.cells.every(({ picture }) => picture.width === 256 && picture.height === 256)).toBe(true);
  });

  it('keeps the shape of each picture', () => {
    const [first, second] = layoutSheet([
      { width: 1600, height: 900 },
      { width: 600, height: 1200 },
    ]).cells;
    expect(first?.picture).toMatchObject({ width: 256, height: 144 });
    expect(second?.picture).toMatchObject({ width: 128, height: 256 });
  });

  it('refuses an empty sheet and a picture without size', () => {
    expect(() => layoutSheet([])).toThrow(RangeError);
    expect(() => layoutSheet([{ width: 0, height: 4 }])).toThrow(RangeError);
  });
});
