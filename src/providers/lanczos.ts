import { availableParallelism } from 'node:os';
import { type ImageModel, type ImageProvider, ProviderError, type Size } from '#core/ports/images.ts';
import { enlargeImage } from '#media/enlarge-image.ts';
import { MediaError } from '#media/media-error.ts';
import { defineProvider } from '#providers/define.ts';
import { throwIfEnded } from '#providers/ended.ts';
import { requireModel } from '#providers/request-checks.ts';

/** Four times 1536×1024, the largest of the usual sizes. A picture of as many pixels takes up to 300 MB until it is stored. */
const pixelsMax = 25_165_824;
const sideMax = 8_192;
/** At once, for the memory that each takes. */
const concurrencyMax = 2;

const model: ImageModel = {
  id: 'lanczos',
  // Nothing is paid for it, but it takes a turn and some seconds of a processor: a day's credits bound it.
  credits: 1,
  costMicros: 0,
  currency: 'USD',
  sizes: { kind: 'free', step: 1, sideMax, pixels: 4_194_304, ratioMax: 8 },
  qualities: [],
  formats: ['png', 'jpeg', 'webp'],
  seeds: true,
  referencesMax: 0,
  partials: false,
  promptCharsMax: 32_000,
  deadlineMs: 120_000,
  upscales: { factors: [2, 4], sideMax, pixelsMax, resamples: true, only: true },
};

/** Enlarges by resampling what no other provider enlarges. Needs no configuration. */
export const lanczos = defineProvider({ id: 'lanczos', readConfig: () => ({}), create: createLanczos });

function createLanczos(): ImageProvider {
  return {
    id: 'lanczos',
    models: [model],
    // Work for the processor: one stays free, as whoever types meanwhile is answered by this process too.
    concurrency: Math.max(1, Math.min(concurrencyMax, availableParallelism() - 1)),
    placeholder: false,
    async generate(request, { signal }) {
      requireModel([model], request);
      const source = request.inputs.find(({ role }) => role === 'source');
      if (!source) throw new ProviderError('bad_request', 'an enlargement needs a picture', { retryable: false });
      const { bytes, type } = await enlarge(source.bytes, request.size, signal);
      throwIfEnded(signal);
      return { bytes, type, cost: { micros: 0, currency: 'USD' }, warnings: [] };
    },
  };
}

/** @throws {ProviderError} `bad_request` for a picture that cannot be read, or when the signal fires. */
async function enlarge(bytes: Uint8Array, size: Size, signal: AbortSignal): ReturnType<typeof enlargeImage> {
  try {
    return await enlargeImage(bytes, size, { signal });
  } catch (error) {
    throwIfEnded(signal);
    if (!(error instanceof MediaError)) throw error;
    throw new ProviderError('bad_request', `the picture: ${error.message}`, { retryable: false, cause: error });
  }
}
