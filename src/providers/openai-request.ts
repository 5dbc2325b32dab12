import { File } from 'node:buffer';
import type { ImageEditParamsBase, ImageGenerateParamsBase } from 'openai/resources/images';
import type { ImageFormat, ImageRequest, ImageWarning, Size } from '#core/ports/images.ts';
import type { OpenAiModel } from '#providers/openai-models.ts';
import { acceptedSize } from '#providers/request-checks.ts';

/** Previews a streamed picture asks for; each costs 100 output tokens (OpenAI's image generation guide), at most 3. */
const partialImages = 2;

export type OpenAiCall = {
  size: Size;
  warnings: ImageWarning[];
} & ({ endpoint: 'generate'; params: ImageGenerateParamsBase } | { endpoint: 'edit'; params: ImageEditParamsBase });

/**
 * Puts a request into OpenAI's terms: `images.edit` when there are pictures to start from, else `images.generate`.
 * Pure. What the model cannot do is left out and named in `warnings`.
 */
export function buildOpenAiCall(model: OpenAiModel, request: ImageRequest, options: { stream: boolean }): OpenAiCall {
  const { size, warnings } = acceptedSize(model.sizes, request.size);
  const format = request.format ?? 'png';
  const background = acceptedBackground(model, request, format);
  const hasQuality = request.quality === undefined || model.qualities.includes(request.quality);
  if (request.seed !== undefined) warnings.push('seed_ignored');
  if (!hasQuality) warnings.push('quality_ignored');
  if (background.ignored) warnings.push('background_ignored');

  const shared = {
    model: model.id,
    prompt: withNegative(request),
    n: 1,
    size: `${size.width}x${size.height}`,
    output_format: format,
    ...(request.quality !== undefined && hasQuality ? { quality: qualityOf(request.quality) } : {}),
    ...(background.value ? { background: background.value } : {}),
    ...(options.stream && model.partials ? { stream: true, partial_images: partialImages } : {}),
  };
  const pictures = request.inputs.filter(({ role }) => role !== 'mask');
  if (pictures.length === 0) return { endpoint: 'generate', params: shared, size, warnings };
  const mask = request.inputs.find(({ role }) => role === 'mask');
  return {
    endpoint: 'edit',
    params: {
      ...shared,
      image: pictures.map(({ bytes, type }, index) => asFile(bytes, type, `picture-${index + 1}`)),
      ...(mask ? { mask: asFile(mask.bytes, mask.type, 'mask') } : {}),
    },
    size,
    warnings,
  };
}

/** GPT image models have no negative prompt, but follow a plain sentence. */
function withNegative(request: ImageRequest): string {
  return request.negative ? `${request.prompt}\n\nDo not show: ${request.negative}` : request.prompt;
}

/** JPEG has no transparency; the API refuses the combination. */
function acceptedBackground(
  model: OpenAiModel,
  request: ImageRequest,
  format: ImageFormat,
): { value?: 'opaque' | 'transparent'; ignored: boolean } {
  if (request.background === undefined || request.background === 'auto') return { ignored: false };
  if (request.background === 'transparent' && (!model.transparent || format === 'jpeg')) return { ignored: true };
  return { value: request.background, ignored: false };
}

type Quality = NonNullable<ImageGenerateParamsBase['quality'] & ImageEditParamsBase['quality']>;

function qualityOf(quality: string): Quality {
  const known: readonly Quality[] = ['low', 'medium', 'high', 'xhigh', 'max'];
  return known.find((one) => one === quality) ?? 'auto';
}

function asFile(bytes: Uint8Array, type: ImageFormat, name: string): File {
  return new File([bytes], `${name}.${type}`, { type: `image/${type}` });
}
