import type { ImageModel, ImageProvider } from '#core/ports/images.ts';

export interface FoundModel {
  provider: ImageProvider;
  model: ImageModel;
}

/** All models, in order of preference. */
export function listModels(providers: readonly ImageProvider[]): FoundModel[] {
  return providers.flatMap((provider) => provider.models.map((model) => ({ provider, model })));
}

export function findModel(providers: readonly ImageProvider[], id: string): FoundModel | undefined {
  return listModels(providers).find(({ model }) => model.id === id);
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
