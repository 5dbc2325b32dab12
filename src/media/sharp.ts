import type { Sharp, SharpOptions } from 'sharp';
import { yieldToCommands } from '#media/yield-to-commands.ts';

type SharpFactory = typeof import('sharp')['default'];

/** Largest picture that is decoded, in pixels: admits a 48-megapixel phone photo, about 150 MB as raw RGB. */
export const inputPixelsMax = 50_000_000;

/** A crafted file can be small in pixels and still slow to decode, so every operation ends after this long. */
const operationSecondsMax = 20;
/** Pixels of ours are slow to encode where they are many and others want the processor too. */
const secondsPerMegapixel = 4;

const inputOptions: SharpOptions = {
  limitInputPixels: inputPixelsMax,
  // 'warning', the default, also refuses pictures with mere oddities; 'error' still refuses truncated ones.
  failOn: 'error',
  sequentialRead: true,
};

let loading: Promise<SharpFactory> | undefined;

/**
 * Loads and configures sharp on first use: a process that only relays chat never pays its 50 ms and 20 MB.
 * One vips thread a picture, as pictures run side by side on libuv's pool; no operation cache, as no input is read twice.
 */
export function loadSharp(): Promise<SharpFactory> {
  loading ??= import('sharp').then(async ({ default: sharp }) => {
    sharp.concurrency(1);
    sharp.cache(false);
    await yieldToCommands();
    return sharp;
  });
  return loading;
}

/** Opens encoded bytes under our limits on pixels and time. Call `inspectImage` first on bytes from outside. */
export async function openPicture(bytes: Uint8Array): Promise<Sharp> {
  const sharp = await loadSharp();
  return sharp(bytes, inputOptions).timeout({ seconds: operationSecondsMax });
}

export type Pixels = { data: Uint8Array; width: number; height: number; channels: 3 | 4 };

/** Opens raw 8-bit sRGB pixels, e.g. to encode one decoded picture more than once. */
export async function openPixels(pixels: Pixels): Promise<Sharp> {
  const sharp = await loadSharp();
  const { width, height, channels } = pixels;
  const seconds = Math.max(operationSecondsMax, Math.ceil((width * height * secondsPerMegapixel) / 1_000_000));
  return sharp(pixels.data, { raw: { width, height, channels } }).timeout({ seconds });
}

/** Opens an SVG that this program drew itself. Never for foreign SVG: librsvg follows what the document names. */
export async function openOwnDrawing(svg: string): Promise<Sharp> {
  const sharp = await loadSharp();
  return sharp(Buffer.from(svg), { limitInputPixels: inputPixelsMax });
}
