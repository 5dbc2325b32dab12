import { performance } from 'node:perf_hooks';
import { composeContactSheet } from '#media/gallery.ts';
import { drawSketch } from '#media/sketch.ts';
import { storeForms } from '#media/store-forms.ts';

const count = 50;
const runs = 3;

/** A contact sheet of fifty from stored thumbnails against one from the 1024² originals: same pictures, same run, medians. */
export async function run(): Promise<object[]> {
  const [thumbnails, originals]: [Uint8Array[], Uint8Array[]] = [[], []];
  for (let seed = 1; seed <= count; seed++) {
    const prompt = seed % 2 === 0 ? 'a red fox in snow' : 'sunset over the sea';
    const drawn = await drawSketch({ prompt, seed, width: 1024, height: 1024 });
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
  const ratio = Number((fromThumbnailsMs / fromOriginalsMs).toFixed(3));
  return [{ bench: 'sheet', count, fromThumbnailsMs, fromOriginalsMs, ratio }];
}

async function timeSheet(images: readonly Uint8Array[]): Promise<number> {
  const start = performance.now();
  await composeContactSheet(images.map((image, index) => ({ label: String(index + 1), image })));
  return Math.round(performance.now() - start);
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}
