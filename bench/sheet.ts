import { performance } from 'node:perf_hooks';
import { composeContactSheet } from '#media/gallery.ts';
import { type LiveCell, refreshSheet } from '#media/live-sheet.ts';
import { drawSketch } from '#media/sketch.ts';
import { storeForms } from '#media/store-forms.ts';
import { percentile, round, time } from './figures.ts';

const count = 50;
const runs = 3;
const refreshes = 20;
const sketchSide = 1024;

/**
 * A contact sheet of fifty from stored thumbnails against one from the 1024² originals, and one cell of it drawn anew
 * against all of it: same pictures, same run, medians.
 */
export async function run(): Promise<object[]> {
  const [thumbnails, originals]: [Uint8Array[], Uint8Array[]] = [[], []];
  for (let seed = 1; seed <= count; seed++) {
    const prompt = seed % 2 === 0 ? 'a red fox in snow' : 'sunset over the sea';
    const drawn = await drawSketch({ prompt, seed, width: sketchSide, height: sketchSide });
    const forms = await storeForms(drawn, { prompt, seed, model: 'sketch' });
    thumbnails.push(forms.thumbnail.bytes);
    originals.push(forms.original.bytes);
  }
  const times: { thumbnails: number[]; originals: number[] } = { thumbnails: [], originals: [] };
  for (let index = 0; index < runs; index++) {
    times.thumbnails.push(await timeSheet(thumbnails));
    times.originals.push(await timeSheet(originals));
  }
  const [fromThumbnailsMs, fromOriginalsMs] = [median(times.thumbnails), median(times.originals)];
  const ratio = ratioOf(fromThumbnailsMs, fromOriginalsMs);
  return [{ bench: 'sheet', count, fromThumbnailsMs, fromOriginalsMs, ratio }, await timeRefresh(thumbnails)];
}

async function timeSheet(images: readonly Uint8Array[]): Promise<number> {
  const start = performance.now();
  await composeContactSheet(images.map((image, index) => ({ label: String(index + 1), image })));
  return Math.round(performance.now() - start);
}

/** Each time the next cell gets another picture; both ways end with the JPEG that is sent. */
async function timeRefresh(thumbnails: readonly Uint8Array[]): Promise<object> {
  const side = 256;
  const cellOf = (index: number, picture: number): LiveCell => ({
    label: String(index + 1),
    size: { width: side, height: side },
    shows: String(picture),
    state: 'waiting',
    read: async () => thumbnails[picture] ?? new Uint8Array(),
  });
  let cells = thumbnails.map((_, index) => cellOf(index, index));
  let sheet = await refreshSheet(undefined, cells);
  const times: { one: number[]; all: number[] } = { one: [], all: [] };
  for (let index = 0; index < refreshes; index++) {
    cells = cells.with(index, cellOf(index, (index + 1) % count));
    times.one.push(
      await time(async () => {
        sheet = await refreshSheet(sheet, cells);
      }),
    );
    times.all.push(await time(() => refreshSheet(undefined, cells)));
  }
  const [oneCellMs, allCellsMs] = [median(times.one), median(times.all)];
  return { bench: 'sheet-refresh', count, oneCellMs, allCellsMs, ratio: ratioOf(oneCellMs, allCellsMs) };
}

const median = (values: readonly number[]) => round(percentile(values, 0.5));
const ratioOf = (one: number, other: number) => Number((one / other).toFixed(3));
