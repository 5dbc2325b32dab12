import type { Pixels } from './sharp.ts';

/** Samples on each side of a point that it is made of, as Lanczos-3 has. */
const lobes = 3;
const taps = 2 * lobes;

/**
 * Pixels in a larger size, by Lanczos-3: what libvips enlarges with is bicubic, whichever kernel it is asked for. Beyond an
 * edge the outermost pixels go on. Two seconds of one core for 25 megapixels, so not for the thread that answers people.
 *
 * @throws RangeError for a size that is smaller in any direction.
 */
export function resample(source: Pixels, size: { width: number; height: number }): Pixels {
  const { width, height } = size;
  const { channels } = source;
  if (width < source.width || height < source.height) throw new RangeError('resampling enlarges only');
  const across = placesOf(source.width, width);
  const down = placesOf(source.height, height);
  const data = new Uint8ClampedArray(width * height * channels);
  /** As many source rows as one row of the result is made of, in its width. */
  const rows = Array.from({ length: taps }, () => new Float32Array(width * channels));
  const sum = new Float32Array(width * channels);
  const held = new Array<number>(taps).fill(-1);
  const rowOf = (y: number): Float32Array => {
    const row = rows[y % taps] as Float32Array;
    if (held[y % taps] !== y) stretchRow(readRow(source, y), across, channels, row);
    held[y % taps] = y;
    return row;
  };
  for (let y = 0; y < height; y += 1) {
    const used = Array.from({ length: taps }, (_, tap) => rowOf(down.samples[y * taps + tap] as number));
    mixRows(used, down.weights.subarray(y * taps, (y + 1) * taps), sum);
    if (channels === 4) divideByAlpha(sum);
    data.set(sum, y * width * channels);
  }
  return { data: new Uint8Array(data.buffer), width, height, channels };
}

interface Places {
  /** For each place in the result, the samples that it is made of. */
  samples: Int32Array;
  weights: Float32Array;
}

/** Centres of pixels stay where they are in the picture. */
function placesOf(from: number, to: number): Places {
  const samples = new Int32Array(to * taps);
  const weights = new Float32Array(to * taps);
  for (let place = 0; place < to; place += 1) {
    const centre = ((place + 0.5) * from) / to - 0.5;
    const first = Math.floor(centre) - lobes + 1;
    const raw = Array.from({ length: taps }, (_, tap) => weightAt(centre - first - tap));
    const sum = raw.reduce((total, weight) => total + weight, 0);
    for (const [tap, weight] of raw.entries()) {
      samples[place * taps + tap] = Math.min(from - 1, Math.max(0, first + tap));
      weights[place * taps + tap] = weight / sum;
    }
  }
  return { samples, weights };
}

function weightAt(distance: number): number {
  if (distance === 0) return 1;
  if (Math.abs(distance) >= lobes) return 0;
  const angle = Math.PI * distance;
  return (lobes * Math.sin(angle) * Math.sin(angle / lobes)) / (angle * angle);
}

/** Colours times how much of them is seen, so that what is not seen does not shine into its surroundings. */
function readRow({ data, width, channels }: Pixels, y: number): Float32Array {
  const row = Float32Array.from(data.subarray(y * width * channels, (y + 1) * width * channels));
  if (channels === 3) return row;
  for (let at = 0; at < row.length; at += 4) {
    const alpha = (row[at + 3] as number) / 255;
    for (let color = 0; color < 3; color += 1) row[at + color] = (row[at + color] as number) * alpha;
  }
  return row;
}

function stretchRow(row: Float32Array, { samples, weights }: Places, channels: 3 | 4, into: Float32Array): void {
  for (let at = 0, first = 0; at < into.length; at += channels, first += taps) {
    for (let channel = 0; channel < channels; channel += 1) {
      let sum = 0;
      for (let tap = first; tap < first + taps; tap += 1) {
        sum += (weights[tap] as number) * (row[(samples[tap] as number) * channels + channel] as number);
      }
      into[at + channel] = sum;
    }
  }
}

function mixRows(rows: readonly Float32Array[], weights: Float32Array, sum: Float32Array): void {
  sum.fill(0);
  for (const [tap, row] of rows.entries()) {
    const weight = weights[tap] as number;
    for (let at = 0; at < sum.length; at += 1) sum[at] = (sum[at] as number) + weight * (row[at] as number);
  }
}

/** What `readRow` did, undone. */
function divideByAlpha(row: Float32Array): void {
  for (let at = 0; at < row.length; at += 4) {
    const alpha = (row[at + 3] as number) / 255;
    for (let color = 0; color < 3; color += 1) row[at + color] = alpha > 0 ? (row[at + color] as number) / alpha : 0;
  }
}
