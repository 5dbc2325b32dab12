import type { ImageModel, ImageProvider } from '#core/ports/images.ts';

export interface FoundModel {
  provider: ImageProvider;
  model: ImageModel;
}

/** Also those that only enlarge. */
function listAll(providers: readonly ImageProvider[]): FoundModel[] {
  return providers.flatMap((provider) => provider.models.map((model) => ({ provider, model })));
}

/** All models that make pictures from words, in order of preference. */
export function listModels(providers: readonly ImageProvider[]): FoundModel[] {
  return listAll(providers).filter(({ model }) => !model.upscales?.only);
}

/** Any model, whatever it does. */
export function findModel(providers: readonly ImageProvider[], id: string): FoundModel | undefined {
  return listAll(providers).find(({ model }) => model.id === id);
}

/**
 * Who may enlarge a picture of a model, in order: the model itself, others of its provider, then what does nothing else, of
 * anybody.
 */
export function listUpscalers(providers: readonly ImageProvider[], madeBy: string): FoundModel[] {
  const owner = findModel(providers, madeBy)?.provider;
  const rankOf = ({ provider, model }: FoundModel) => (model.id === madeBy ? 0 : provider === owner ? 1 : 2);
  return listAll(providers)
    .filter(({ provider, model }) => model.upscales && (provider === owner || model.upscales.only))
    .toSorted((one, other) => rankOf(one) - rankOf(other));
}

/** The model for a request that names none: the setting, where it still exists, else the first of the first provider. */
export function defaultModel(providers: readonly ImageProvider[], setting: string | undefined): FoundModel {
  const found = (setting ? findModel(providers, setting) : undefined) ?? listModels(providers)[0];
  if (!found) throw new Error('no provider has a model');
  return found;
}

/** The qualities of any model, each once. */
export function listQualities(providers: readonly ImageProvider[]): string[] {
  return [...new Set(listModels(providers).flatMap(({ model }) => model.qualities))];
}
