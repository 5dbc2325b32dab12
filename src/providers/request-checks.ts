import { nearestListed, ratioDiffers } from '#core/ports/image-sizes.ts';
import {
  type ImageModel,
  type ImageRequest,
  type ImageWarning,
  type ModelSizes,
  ProviderError,
  type Size,
} from '#core/ports/images.ts';

/**
 * The model a request names.
 * @throws {ProviderError} `bad_request` when the provider has no such model, or one that does not do this.
 */
export function requireModel<Model extends ImageModel>(models: readonly Model[], request: ImageRequest): Model {
  const model = models.find(({ id }) => id === request.model);
  if (!model) throw new ProviderError('bad_request', `no model ${request.model}`, { retryable: false });
  const isOffered = request.operation === 'upscale' ? model.upscales !== undefined : !model.upscales?.only;
  if (!isOffered) {
    throw new ProviderError('bad_request', `${model.id} does not ${request.operation}`, { retryable: false });
  }
  if (request.operation === 'upscale') return model;
  const pictures = request.inputs.filter(({ role }) => role !== 'mask').length;
  if (pictures > model.referencesMax) {
    throw new ProviderError('bad_request', `${model.id} takes ${model.referencesMax} pictures, not ${pictures}`, {
      retryable: false,
    });
  }
  if (request.operation === 'edit' && pictures === 0) {
    throw new ProviderError('bad_request', 'an edit needs a picture', { retryable: false });
  }
  return model;
}

/** The model's size nearest to the wanted one, which is itself wherever the model can do it. */
export function acceptedSize(sizes: ModelSizes, wanted: Size): { size: Size; warnings: ImageWarning[] } {
  const size = sizes.kind === 'list' ? nearestListed(sizes.sizes, wanted) : withinBounds(sizes, wanted);
  return { size, warnings: ratioDiffers(size, wanted) ? ['size_changed'] : [] };
}

function withinBounds(sizes: Extract<ModelSizes, { kind: 'free' }>, wanted: Size): Size {
  const sideMin = Math.max(wanted.width, wanted.height) / sizes.ratioMax;
  const inSteps = (side: number) => {
    const raised = Math.ceil(sideMin / sizes.step) * sizes.step;
    const rounded = Math.max(sizes.step, Math.round(side / sizes.step) * sizes.step, raised);
    return Math.min(rounded, Math.floor(sizes.sideMax / sizes.step) * sizes.step);
  };
  return { width: inSteps(wanted.width), height: inSteps(wanted.height) };
}
