import { describe, expect, it } from 'vitest';
import { createKeptSheets } from '#core/batches/kept-sheets.ts';
import { type LiveCell, refreshSheet } from '#media/live-sheet.ts';
import { fourColors } from '#tests/media/pictures.ts';

const picture = await fourColors(64, 64).png().toBuffer();

/** Six cells, of which the first so many have their picture; `read` lists the cells whose picture was asked for. */
function sixCells(count: number, read: string[] = []): LiveCell[] {
  return Array.from({ length: 6 }, (_, index) => {
    const label = String(index + 1);
    const cell = { label, size: { width: 64, height: 64 }, state: 'waiting' } as const;
    if (index >= count) return { ...cell, shows: 'waiting', read: null };
    return {
      ...cell,
      shows: 'picture',
      read: async () => {
        read.push(label);
        return picture;
      },
    };
  });
}

const anew = async (count: number) => (await refreshSheet(undefined, sixCells(count))).encoded;

describe('sheets that are kept', () => {
  it('are drawn where they changed alone', async () => {
    const [sheets, read] = [createKeptSheets(), [] as string[]];
    await sheets.draw('a/1', sixCells(2, read));
    expect(await sheets.draw('a/1', sixCells(3, read))).toEqual(await anew(3));
    expect(read).toEqual(['1', '2', '3']);
  });

  it('are right for everyone who asks at once, and drawn once for all of them', async () => {
    const [sheets, read] = [createKeptSheets(), [] as string[]];
    const drawn = await Promise.all([2, 4, 4, 3].map((count) => sheets.draw('a/1', sixCells(count, read))));
    expect(drawn).toEqual(await Promise.all([2, 4, 4, 3].map(anew)));
    expect(read).toEqual(['1', '2', '3', '4']);
  });

  it('are drawn anew after a drawing that failed', async () => {
    const sheets = createKeptSheets();
    await sheets.draw('a/1', sixCells(2));
    const bad = sixCells(4).with(5, { ...sixCells(0)[5], label: 'x', shows: 'x' } as LiveCell);
    await expect(sheets.draw('a/1', bad)).rejects.toThrow(RangeError);
    expect(await sheets.draw('a/1', sixCells(4))).toEqual(await anew(4));
  });

  it('take no more memory than they may: those that were not used for longest go', async () => {
    const { pixels, encoded } = await refreshSheet(undefined, sixCells(2));
    const sheets = createKeptSheets({ bytesMax: 2.5 * (pixels.data.byteLength + encoded.bytes.byteLength) });
    for (const key of ['a', 'b', 'c']) await sheets.draw(key, sixCells(2));
    const read: string[] = [];
    for (const key of ['b', 'c']) await sheets.draw(key, sixCells(2, read));
    expect(read).toEqual([]);
    await sheets.draw('a', sixCells(2, read));
    expect(read).toEqual(['1', '2']);
  });

  it('are let go of by what their keys begin with', async () => {
    const [sheets, read] = [createKeptSheets(), [] as string[]];
    for (const key of ['a/1', 'a/51', 'b/1']) await sheets.draw(key, sixCells(1));
    sheets.forget('a/');
    for (const key of ['a/1', 'a/51', 'b/1']) await sheets.draw(key, sixCells(1, read));
    expect(read).toEqual(['1', '1']);
  });
});
