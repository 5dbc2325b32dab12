import { ProviderError } from '#core/ports/images.ts';
import type { PictureCheck, Rating } from '#core/ports/picture-check.ts';
import { MediaError } from '#media/media-error.ts';
import { squarePixels } from '#media/square-pixels.ts';
import { createAskedThread } from '#providers/asked-thread.ts';
import { endedError } from '#providers/ended.ts';

/** What the model takes, in pixels. */
const side = 224;
/** Loading included, with a page of other pictures before it, on a busy machine. */
const deadlineMs = 30_000;

/**
 * From which chance on, of all classes together 1: the model's own best guess has more than every other one together. Measured on
 * 120 sketches of ours: 0.03 at most, so there is room both ways. How many explicit pictures it misses was not measured.
 */
const explicitFrom = 0.6;
const suggestiveFrom = 0.5;

/** Pixels of the model's size. */
export interface ShownPixels {
  pixels: Uint8Array;
  side: number;
}

/** How likely a picture is of these classes; the other two, `Neutral` and `Drawing`, are for everybody. */
export interface Chances {
  porn: number;
  /** Drawn. */
  hentai: number;
  sexy: number;
}

export function ratingOf({ porn, hentai, sexy }: Chances): Rating {
  if (porn + hentai >= explicitFrom) return 'explicit';
  return porn + hentai + sexy >= suggestiveFrom ? 'suggestive' : 'safe';
}

/** The packages that it takes, all of which npm may leave out. */
const packages = ['nsfwjs', '@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'] as const;

/** Those that are not installed. */
export function missingPackages(): string[] {
  return packages.filter((name) => {
    try {
      import.meta.resolve(name);
      return false;
    } catch {
      return true;
    }
  });
}

/**
 * nsfwjs with MobileNetV2Mid on wasm, in this process: no picture leaves the machine. One thread, started by the first
 * picture, of about 250 MB; a tenth of a second a picture.
 */
export function createNsfwjs(): PictureCheck {
  const thread = createAskedThread<ShownPixels, Chances>(new URL('./nsfwjs-thread.ts', import.meta.url));
  return {
    id: 'nsfwjs',
    deadlineMs,
    async rate(picture, { signal }) {
      try {
        const pixels = await squarePixels(picture, side);
        return ratingOf(await thread.ask({ pixels, side }, { signal, moved: [pixels.buffer] }));
      } catch (error) {
        if (signal.aborted) throw endedError(signal, error);
        if (error instanceof MediaError)
          throw new ProviderError('bad_request', `not a picture: ${error.reason}`, { retryable: false, cause: error });
        throw new ProviderError('server', 'the picture could not be looked at', { retryable: true, cause: error });
      }
    },
    stop: () => thread.stop(),
  };
}
