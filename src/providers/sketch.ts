import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import {
  type GenerateOptions,
  type ImageModel,
  type ImageProvider,
  type ImageRequest,
  type ImageWarning,
  ProviderError,
} from '#core/ports/images.ts';
import { MediaError } from '#media/media-error.ts';
import { drawSketch, drawSketchPartial } from '#media/sketch.ts';
import { defineProvider } from '#providers/define.ts';
import { throwIfEnded } from '#providers/ended.ts';
import { acceptedSize, requireModel } from '#providers/request-checks.ts';

/** As much of a picture as each preview shows. */
const previewFractions = [0.35, 0.7];

const model: ImageModel = {
  id: 'sketch',
  credits: 1,
  costMicros: 0,
  currency: 'USD',
  // What the drawing itself can do; nothing outside sets these bounds.
  sizes: { kind: 'free', step: 8, sideMax: 2048, pixels: 1_048_576, ratioMax: 4 },
  qualities: [],
  formats: ['png'],
  seeds: true,
  referencesMax: 4,
  partials: true,
  promptCharsMax: 32_000,
  deadlineMs: 30_000,
};

/** Draws a picture of its own from the words and the seed, for running without any provider. Needs no configuration. */
export const sketch = defineProvider({ id: 'sketch', readConfig: () => ({}), create: createSketch });

function createSketch(): ImageProvider {
  return {
    id: 'sketch',
    models: [model],
    // Drawing is work for the processor: one stays free, as whoever types meanwhile is answered by this process too.
    concurrency: Math.max(1, availableParallelism() - 1),
    placeholder: true,
    async generate(request, { signal, key, onPartial }) {
      requireModel([model], request);
      const { size, warnings } = acceptedSize(model.sizes, request.size);
      const seed = request.seed ?? seedFrom(key);
      const reference = request.inputs.find(({ role }) => role !== 'mask')?.bytes;
      const drawing = { prompt: request.prompt, seed, ...size, ...(reference ? { reference } : {}) };
      const bytes = await draw(drawing, signal, onPartial);
      return {
        bytes,
        type: 'png',
        seed,
        cost: { micros: 0, currency: 'USD' },
        warnings: [...warnings, ...ignored(request)],
      };
    },
  };
}

/** @throws {ProviderError} `bad_request` for a reference that cannot be read, or when the signal fires between two steps. */
async function draw(
  drawing: Parameters<typeof drawSketch>[0],
  signal: AbortSignal,
  onPartial: GenerateOptions['onPartial'],
): Promise<Uint8Array> {
  try {
    for (const fraction of onPartial ? previewFractions : []) {
      throwIfEnded(signal);
      onPartial?.(await drawSketchPartial({ ...drawing, fraction }));
    }
    throwIfEnded(signal);
    const bytes = await drawSketch(drawing);
    throwIfEnded(signal);
    return bytes;
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    throw new ProviderError('bad_request', `the reference: ${error.message}`, { retryable: false, cause: error });
  }
}

/** The key is the picture's own, so pictures of one batch differ and a repeated try draws the same again. */
function seedFrom(key: string): number {
  return createHash('sha256').update(key).digest().readUInt32BE(0) >>> 1;
}

function ignored(request: ImageRequest): ImageWarning[] {
  const warnings: ImageWarning[] = [];
  if (request.quality !== undefined) warnings.push('quality_ignored');
  if (request.negative !== undefined) warnings.push('negative_ignored');
  if (request.background === 'transparent') warnings.push('background_ignored');
  if (request.format !== undefined && request.format !== 'png') warnings.push('format_changed');
  return warnings;
}
