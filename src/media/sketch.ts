import { decodeImage } from './decode-image.ts';
import { openOwnDrawing, openPixels, type Pixels } from './sharp.ts';
import { type Color, fromRgb } from './sketch-color.ts';
import { composeSketch, type SketchRequest } from './sketch-composition.ts';

const sideMin = 64;
const sideMax = 2048;
/** The longest side of a partial picture, in pixels. */
const partialSideMax = 320;
const grainSide = 256;

/**
 * Draws a picture from words alone: colours and mood from the prompt's words, composition from prompt and seed. The same
 * request gives the same bytes. A `reference` picture lends its main colours. PNG.
 *
 * @throws RangeError for a side outside 64…2048 pixels or a seed that is not a safe integer; MediaError for a bad reference.
 */
export async function drawSketch(request: SketchRequest & { reference?: Uint8Array }): Promise<Uint8Array> {
  const svg = await compose(request);
  const drawing = (await openOwnDrawing(svg)).removeAlpha();
  const grained = drawing.composite([{ input: grainTile(), raw: grainShape, tile: true, blend: 'over' }]).removeAlpha();
  // The bytes live only until they are stored in their final form, so speed counts more than size.
  return grained.png({ compressionLevel: 1 }).toBuffer();
}

/**
 * An early state of the same picture, at most 320 px and coarse, sharper as `fraction` goes from 0 to 1: what a provider
 * that streams partial pictures would send. PNG.
 *
 * @throws as `drawSketch`.
 */
export async function drawSketchPartial(
  request: SketchRequest & { reference?: Uint8Array; fraction: number },
): Promise<Uint8Array> {
  const { width, height } = request;
  const svg = await compose(request);
  const longest = Math.min(partialSideMax, Math.max(width, height));
  const sides = (side: number): [number, number] => {
    const scale = side / Math.max(width, height);
    return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  };
  const coarseSide = Math.round(12 + (longest - 12) * Math.min(1, Math.max(0, request.fraction)) ** 2);
  const coarse = await rasterAt(svg, sides(coarseSide));
  const partial = (await openPixels(coarse)).resize(...sides(longest), { fit: 'fill', kernel: 'cubic' });
  return partial.png({ compressionLevel: 3 }).toBuffer();
}

async function compose(request: SketchRequest & { reference?: Uint8Array }): Promise<string> {
  const { width, height, seed, reference } = request;
  const isSide = (side: number) => Number.isInteger(side) && side >= sideMin && side <= sideMax;
  if (!isSide(width) || !isSide(height)) throw new RangeError(`a side must be ${sideMin} to ${sideMax} pixels`);
  if (!Number.isSafeInteger(seed)) throw new RangeError('a seed must be a whole number');
  return composeSketch(request, reference ? await mainColors(reference) : []);
}

async function rasterAt(svg: string, [width, height]: [number, number]): Promise<Pixels> {
  const sized = svg.replace(
    /width="\d+" height="\d+"/,
    `width="${width}" height="${height}" preserveAspectRatio="none"`,
  );
  const data = await (await openOwnDrawing(sized)).flatten().raw().toBuffer();
  return { data, width, height, channels: 3 };
}

/** The most telling colours of a picture: of an 8×8 reduction the two with the most colour in them. */
async function mainColors(reference: Uint8Array): Promise<Color[]> {
  const { pixels } = await decodeImage(reference);
  const small = await (await openPixels(pixels)).flatten().resize(8, 8, { fit: 'fill' }).raw().toBuffer();
  const colors = Array.from({ length: 64 }, (_, index) => {
    const [red = 0, green = 0, blue = 0] = small.subarray(index * 3, index * 3 + 3);
    return fromRgb(red, green, blue);
  });
  return colors.sort((left, right) => right.c - left.c).slice(0, 2);
}

const grainShape = { width: grainSide, height: grainSide, channels: 4 } as const;
let grain: Buffer | undefined;

/** Faint black and white specks: they give flat areas a paper-like surface and hide the steps of long gradients. */
function grainTile(): Buffer {
  if (grain) return grain;
  grain = Buffer.alloc(grainSide * grainSide * 4);
  let state = 12345;
  for (let at = 0; at < grain.length; at += 4) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    grain.fill((state & 0x80000000) === 0 ? 0 : 255, at, at + 3);
    grain[at + 3] = (state >>> 24) % 14;
  }
  return grain;
}
