import { randomInt } from 'node:crypto';
import { type AskedImage, hashAsked, requireFit } from '#core/batches/ask-images.ts';
import { askUpscaled } from '#core/batches/ask-upscaled.ts';
import type { Batch } from '#core/batches/find-batch.ts';
import type { Picture } from '#core/batches/find-finished.ts';
import { type FoundModel, findModel, listModels } from '#core/batches/models.ts';
import type { BatchPlan } from '#core/batches/request-batch.ts';
import { isAsTyped, wordsOf } from '#core/batches/words-of.ts';
import type { Deps } from '#core/deps.ts';
import { UserError } from '#core/errors.ts';
import { ratioDiffers } from '#core/ports/image-sizes.ts';
import type { ImageModel, ImageProvider, ModelSizes, Size } from '#core/ports/images.ts';
import { seedMax } from '#core/prompts/request.ts';
import { sizeFor } from '#core/prompts/size-for.ts';
import { erasedWords } from '#db/person-data.ts';

/** A picture smaller or larger than the model's by more is not of a size that it was asked for. */
const areaFactorMax = 1.5;

/** Which seeds pictures are made again with: `kept` as they were asked for, `same` because somebody wants just these, or `new`. */
export type Seeds = 'kept' | 'same' | 'new';

/**
 * Pictures of a batch as a new one: what decides them stays, and so does the model that was asked for while there is one.
 * An enlargement is made again from the same picture, whatever `seeds` are. The credits are today's.
 * @throws {UserError} `batch.wordsGone`, `model.gone`, and what `requireFit` and `askUpscaled` refuse when models take less by now.
 */
export function askAgain(
  deps: Pick<Deps, 'providers'>,
  { inputs }: Pick<Batch, 'inputs'>,
  pictures: readonly Picture[],
  seeds: Seeds,
): BatchPlan {
  const images = pictures.flatMap((picture) => {
    requireWords(picture);
    const { source } = picture;
    return source ? askUpscaled(deps, [{ ...picture, source }]) : [askOne(deps, inputs, picture, seeds)];
  });
  return planAgain(images, inputs);
}

/** @throws {UserError} `batch.wordsGone` where what was typed is no longer kept. */
export function requireWords({ prompt, batchId }: Pick<Picture, 'prompt' | 'batchId'>): void {
  if (prompt === erasedWords) throw new UserError('batch.wordsGone', { batch: batchId });
}

/** What is made again as a batch: its prompts are the pictures', and no line says it all. */
export function planAgain(images: readonly AskedImage[], inputs: BatchPlan['inputs']): BatchPlan {
  return { prompt: [...new Set(images.map(({ prompt }) => prompt))].join('\n'), line: null, images, inputs };
}

function askOne(
  { providers }: Pick<Deps, 'providers'>,
  inputs: Batch['inputs'],
  picture: Picture,
  seeds: Seeds,
): AskedImage {
  const { provider, model } = modelAgain(providers, picture);
  const words = wordsAgain(picture, seeds);
  requireFit(model, wordsOf(words), inputs.length);
  const size = sizeAgain(model, picture);
  const reshaped = picture.warnings.includes('size_changed') || ratioDiffers(size, picture);
  const asked = {
    ...words,
    negative: picture.negative,
    quality: picture.quality,
    name: picture.name,
    providerId: provider.id,
    model: model.id,
    ...seedAgain(picture, seeds),
    ...size,
    originId: picture.id,
  };
  return {
    ...asked,
    ownStyle: picture.ownStyle,
    credits: model.credits,
    warnings: [...(reshaped ? ['size_changed'] : []), ...(isAsTyped(words) ? ['not_enhanced'] : [])],
    requestHash: hashAsked(model, asked, inputs),
  };
}

/** Words that were written out stay as they are; where that failed it is tried again, but for a picture that is to be the same. */
function wordsAgain(
  { prompt, enhance, enhanced }: Picture,
  seeds: Seeds,
): Pick<AskedImage, 'prompt' | 'enhance' | 'enhanced'> {
  const words = { prompt, enhance, enhanced };
  return isAsTyped(words) && seeds !== 'same' ? { ...words, enhanced: null } : words;
}

/** The model that a picture would be made again with: the one that was asked for, while there is one. */
export function modelOf(
  providers: readonly ImageProvider[],
  { askedModel, model }: Pick<Picture, 'askedModel' | 'model'>,
): FoundModel | undefined {
  return (askedModel === null ? undefined : findModel(providers, askedModel)) ?? findModel(providers, model);
}

function modelAgain(providers: readonly ImageProvider[], picture: Picture): FoundModel {
  const found = modelOf(providers, picture);
  if (found) return found;
  const { askedModel, model } = picture;
  const models = [...new Set(listModels(providers).map((known) => known.model.id))];
  throw new UserError('model.gone', { model: askedModel ?? model, models });
}

/** What the model makes is kept. Any other size, from a server with its own mind or a model that took over, gives the shape. */
function sizeAgain({ sizes }: ImageModel, { width, height }: Picture): Size {
  const size = { width, height };
  return sizes.kind === 'free' && isMade(sizes, size) ? size : sizeFor(sizes, size);
}

function isMade(sizes: Extract<ModelSizes, { kind: 'free' }>, { width, height }: Size): boolean {
  const { step, sideMax, ratioMax, pixels } = sizes;
  const [long, short] = [Math.max(width, height), Math.min(width, height)];
  const area = (width * height) / pixels;
  const isNear = area > 1 / areaFactorMax && area < areaFactorMax;
  return width % step === 0 && height % step === 0 && long <= sideMax && long <= short * ratioMax && isNear;
}

function seedAgain({ seed, seedAsked }: Picture, seeds: Seeds): Pick<AskedImage, 'seed' | 'seedAsked'> {
  switch (seeds) {
    case 'kept':
      return { seed, seedAsked };
    case 'same':
      return { seed, seedAsked: true };
    case 'new':
      // Any but the old one.
      return { seed: (seed + randomInt(1, seedMax + 1)) % (seedMax + 1), seedAsked: false };
  }
}
