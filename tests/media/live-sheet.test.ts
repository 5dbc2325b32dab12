import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { composeContactSheet } from '#media/gallery.ts';
import type { Box } from '#media/layout.ts';
import { type LiveCell, type LiveSheet, refreshSheet } from '#media/live-sheet.ts';
import { fourColors } from '#tests/media/pictures.ts';

const shapes = { square: [256, 256], wide: [256, 144], flat: [256, 4], tall: [4, 256] } as const;
type Shape = keyof typeof shapes;

const pictures = Object.fromEntries(
  await Promise.all(
    Object.entries(shapes).map(async ([shape, [width, height]]) => [
      shape,
      await fourColors(width, height).jpeg().toBuffer(),
    ]),
  ),
) as Record<Shape, Buffer>;

function waiting(number: number, shape: Shape = 'square'): LiveCell {
  const [width, height] = shapes[shape];
  return { label: String(number), size: { width, height }, shows: 'waiting', state: 'waiting', read: null };
}

function showing(number: number, shape: Shape = 'square'): LiveCell {
  return { ...waiting(number, shape), shows: `picture ${shape}`, read: async () => pictures[shape] };
}

const ended = (number: number, state: 'failed' | 'cancelled'): LiveCell => ({
  ...waiting(number),
  shows: state,
  state,
});

const fifty = Array.from({ length: 50 }, (_, index) => index + 1);

/** The rows of a cell, one after the other. */
function pixelsIn({ pixels }: LiveSheet, { x, y, width, height }: Box): Buffer {
  const rows = Array.from({ length: height }, (_, row) => {
    const first = ((y + row) * pixels.width + x) * 3;
    return pixels.data.subarray(first, first + width * 3);
  });
  return Buffer.concat(rows);
}

const isSame = (one: LiveSheet, other: LiveSheet) =>
  Buffer.from(one.pixels.data).equals(Buffer.from(other.pixels.data));

/** `refreshSheet` draws on what it is given. */
const copyOf = (sheet: LiveSheet): LiveSheet => ({
  ...sheet,
  pixels: { ...sheet.pixels, data: Buffer.from(sheet.pixels.data) },
});

describe('a sheet that fills in', () => {
  it('has the very pixels that a sheet drawn anew has, at every step and in any order of steps', async () => {
    const steps: ((number: number) => LiveCell)[][] = [
      fifty.map(() => waiting),
      fifty.map((number) => (number % 7 === 3 ? showing : waiting)),
      fifty.map((number) => (number % 2 === 0 ? showing : waiting)),
      fifty.map((number) => (number === 5 ? (n) => ended(n, 'failed') : showing)),
      fifty.map((number) => (number === 5 ? showing : (n) => ended(n, 'cancelled'))),
    ];
    let sheet: LiveSheet | undefined;
    for (const step of steps) {
      const cells = step.map((cellOf, index) => cellOf(index + 1));
      sheet = await refreshSheet(sheet, cells);
      const anew = await refreshSheet(undefined, cells);
      expect(isSame(sheet, anew)).toBe(true);
      expect(Buffer.from(sheet.encoded.bytes).equals(Buffer.from(anew.encoded.bytes))).toBe(true);
    }
  });

  it('has the very pixels also with the flattest and tallest pictures, whose numbers stand beside them', async () => {
    const shapeOf = (number: number) => (['flat', 'tall', 'wide', 'square'] as const)[number % 4];
    let cells = fifty.map((number) => waiting(number + 449, shapeOf(number)));
    let sheet = await refreshSheet(undefined, cells);
    for (const number of [12, 1, 50, 11, 13]) {
      cells = cells.with(number - 1, showing(number + 449, shapeOf(number)));
      sheet = await refreshSheet(sheet, cells);
      expect(isSame(sheet, await refreshSheet(undefined, cells))).toBe(true);
    }
  });

  it('is the final sheet once all is there', async () => {
    const shapeOf = (number: number) => (number % 3 === 0 ? 'wide' : 'square');
    const numbers = fifty.slice(0, 20);
    const begun = await refreshSheet(
      undefined,
      numbers.map((number) => waiting(number, shapeOf(number))),
    );
    const sheet = await refreshSheet(
      begun,
      numbers.map((number) => (number === 6 ? ended(6, 'failed') : showing(number, shapeOf(number)))),
    );
    const final = await composeContactSheet(
      numbers.map((number) => ({
        label: String(number),
        image: number === 6 ? null : pictures[shapeOf(number)],
        size: { width: 256, height: 256 },
      })),
    );
    expect(Buffer.from(sheet.encoded.bytes).equals(Buffer.from(final.bytes))).toBe(true);
  });

  it('leaves the cells alone that show what they showed, and reads nothing for them', async () => {
    const before = await refreshSheet(
      undefined,
      fifty.map((number) => (number < 20 ? showing(number) : waiting(number))),
    );
    const read: string[] = [];
    const cells = fifty.map((number): LiveCell => {
      const cell = number <= 20 ? showing(number) : waiting(number);
      const { read: readCell } = cell;
      if (!readCell) return cell;
      return {
        ...cell,
        read: () => {
          read.push(cell.label);
          return readCell();
        },
      };
    });
    const after = await refreshSheet(copyOf(before), cells);
    expect(read).toEqual(['20']);
    const differing = after.layout.cells.flatMap(({ cell }, index) =>
      pixelsIn(before, cell).equals(pixelsIn(after, cell)) ? [] : [index + 1],
    );
    expect(differing).toEqual([20]);
  });

  it('is not even encoded again when nothing changed', async () => {
    const cells = fifty.slice(0, 6).map((number) => waiting(number));
    const sheet = await refreshSheet(undefined, cells);
    expect(await refreshSheet(sheet, cells)).toBe(sheet);
  });

  it('is laid out anew when a picture has a shape that does not fit its cells', async () => {
    const cells = fifty.slice(0, 6).map((number) => waiting(number, 'wide'));
    const sheet = await refreshSheet(undefined, cells);
    const other = cells.map((cell, index) => (index === 2 ? showing(3, 'square') : cell));
    const after = await refreshSheet(sheet, other);
    expect(after.layout.height).not.toBe(sheet.layout.height);
    expect(isSame(after, await refreshSheet(undefined, other))).toBe(true);
  });

  it('shows a picture that cannot be read as one that waits, says so, and tries again the next time', async () => {
    const cells = fifty.slice(0, 6).map((number) => waiting(number));
    const cut = pictures.square.subarray(0, pictures.square.length / 2);
    const broken = cells.map((cell, index) => ({
      ...cell,
      ...(index === 1 ? { shows: 'cut', read: async () => cut } : {}),
      ...(index === 2 ? { shows: 'gone', read: () => Promise.reject(new Error('gone')) } : {}),
    }));
    const unreadable: string[] = [];
    const sheet = await refreshSheet(undefined, broken, (_, { label }) => unreadable.push(label));
    expect(unreadable.sort()).toEqual(['2', '3']);
    expect(isSame(sheet, await refreshSheet(undefined, cells))).toBe(true);
    const mended = broken.map((cell, index) => (index === 1 ? { ...cell, read: async () => pictures.square } : cell));
    const after = await refreshSheet(sheet, mended);
    expect(
      isSame(
        after,
        await refreshSheet(
          undefined,
          cells.map((cell, index) => (index === 1 ? showing(2) : cell)),
        ),
      ),
    ).toBe(true);
  });

  it('tells waiting, failed and cancelled cells apart', async () => {
    const cells = [waiting(7), ended(7, 'failed'), ended(7, 'cancelled'), showing(7), waiting(7)];
    const sheet = await refreshSheet(undefined, cells);
    const drawn = sheet.layout.cells.map(({ cell }) => pixelsIn(sheet, cell).toString('base64'));
    expect(new Set(drawn).size).toBe(4);
    expect(drawn[0]).toBe(drawn[4]);
    expect(await sharp(sheet.encoded.bytes).metadata()).toMatchObject({ format: 'jpeg', width: sheet.layout.width });
  });

  it('refuses a label that is not a number, and no cells at all', async () => {
    await expect(refreshSheet(undefined, [{ ...waiting(1), label: '<b>' }])).rejects.toThrow(RangeError);
    await expect(refreshSheet(undefined, [])).rejects.toThrow(RangeError);
  });
});
