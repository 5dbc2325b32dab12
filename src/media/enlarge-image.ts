import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { decodeImage } from './decode-image.ts';
import { type EncodedImage, encodePixels } from './encode-pixels.ts';
import type { Pixels } from './sharp.ts';

interface Size {
  width: number;
  height: number;
}

/**
 * A picture in a larger size by Lanczos resampling, which adds no detail. It keeps its type and its transparency, loses its
 * metadata, and nothing to a lossy format. At 25 megapixels: six seconds of one core and up to 300 MB.
 *
 * @throws MediaError as `decodeImage`; the signal's reason once that has fired.
 */
export async function enlargeImage(
  bytes: Uint8Array,
  size: Size,
  { signal }: { signal: AbortSignal },
): Promise<EncodedImage> {
  const { pixels, type } = await decodeImage(bytes);
  const enlarged = await resampleAside(pixels, size, signal);
  // What is stored is encoded once more: a lossy format loses something there, and only there.
  return encodePixels(enlarged, { type, quality: 100 });
}

/** In a thread of its own, which ends with the signal. */
async function resampleAside(pixels: Pixels, size: Size, signal: AbortSignal): Promise<Pixels> {
  signal.throwIfAborted();
  const thread = new Worker(new URL('./resample-thread.ts', import.meta.url), { workerData: { pixels, size } });
  try {
    // A thread that fails says so as `error`, which rejects.
    const [enlarged] = (await once(thread, 'message', { signal })) as [Pixels];
    return enlarged;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    await thread.terminate();
  }
}
