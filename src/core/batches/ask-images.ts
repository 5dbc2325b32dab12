import { randomInt } from 'node:crypto';
import { defaultModel, type FoundModel, findModel, listModels } from '#core/batches/models.ts';
import { type Ruled, requireAllowed, wantedModel } from '#core/batches/require-allowed.ts';
import { hashRequest } from '#core/batches/result-cache.ts';
import { wordsOf } from '#core/batches/words-of.ts';
import type { PromptLine } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import { ratioDiffers } from '#core/ports/image-sizes.ts';
import type { ImageModel, ImageWarning } from '#core/ports/images.ts';
import { imagesMax, seedMax } from '#core/prompts/request.ts';
import { sizeFor } from '#core/prompts/size-for.ts';
import { allowsModel } from '#core/workspaces/policy.ts';
import type { images } from '#db/schema/index.ts';

export interface ReferenceInput {
  blob: string;
  type: 'png' | 'jpeg' | 'webp';
  role: 'reference';
}

type ImageRow = typeof images.$inferSelect;
/** A picture that is asked for, with all that decides it. */
export type AskedImage = Pick<
  ImageRow,
  | 'prompt'
  | 'enhance'
  | 'enhanced'
  | 'negative'
  | 'quality'
  | 'providerId'
  | 'model'
  | 'seed'
  | 'seedAsked'
  | 'width'
  | 'height'
  | 'credits'
  | 'warnings'
  | 'requestHash'
> &
  Partial<Pick<ImageRow, 'originId' | 'name' | 'source' | 'approved' | 'ownStyle'>>;

/**
 * The pictures that prompts ask for, in the order of the lines.
 * @throws {UserError} `prompt.*`, `policy.*`, `enhance.unavailable`, `model.noReference`, `attachment.tooMany`
 */
export function askImages(
  context: Ruled,
  lines: readonly PromptLine[],
  inputs: readonly ReferenceInput[],
): AskedImage[] {
  if (lines.length === 0) throw new UserError('prompt.empty');
  const count = lines.reduce((sum, line) => sum + (line.n ?? 1), 0);
  if (count > imagesMax) throw new UserError('prompt.tooMany', { count, max: imagesMax });
  return lines.flatMap((line) => {
    const { provider, model } = chooseModel(context, line);
    const ownStyle = line.style !== undefined && line.styleOffered !== true;
    requireAllowed(context, { models: [wantedModel(context, model.id)], ownStyle });
    const style = line.style ?? context.settings.style;
    const prompt = style === undefined ? line.text : `${line.text}, ${style}`;
    requireFit(model, prompt, inputs.length);
    const enhance = line.enhance === true;
    if (enhance && !context.deps.writer) throw new UserError('enhance.unavailable');
    const seed = line.seed ?? randomInt(seedMax);
    const ratio = line.ar ?? context.settings.ratio;
    const size = sizeFor(model.sizes, ratio);
    const warnings: ImageWarning[] = ratioDiffers(size, ratio) ? ['size_changed'] : [];
    return Array.from({ length: line.n ?? 1 }, (_, index) => {
      const asked = {
        prompt,
        enhance,
        enhanced: null,
        negative: line.no ?? null,
        quality: line.quality ?? null,
        name: line.name ?? null,
        providerId: provider.id,
        model: model.id,
        seed: (seed + index) % (seedMax + 1),
        ...size,
      };
      const seedAsked = line.seed !== undefined;
      const requestHash = hashAsked(model, { ...asked, seedAsked }, inputs);
      return { ...asked, ownStyle, credits: model.credits, seedAsked, warnings, requestHash };
    });
  });
}

/**
 * What a model takes.
 * @throws {UserError} `prompt.tooLong`, `model.noReference`, `attachment.tooMany`
 */
export function requireFit(model: ImageModel, prompt: string, inputCount: number): void {
  const { promptCharsMax, referencesMax } = model;
  const length = [...prompt].length;
  if (length > promptCharsMax) throw new UserError('prompt.tooLong', { length, max: promptCharsMax });
  if (inputCount > 0 && referencesMax === 0) throw new UserError('model.noReference', { model: model.id });
  if (inputCount > referencesMax) throw new UserError('attachment.tooMany', { count: inputCount, max: referencesMax });
}

/** Only a seed that somebody chose, or one picture enlarged, is meant to give the same again; null for any other, and before the words are known. */
export function hashAsked(
  model: ImageModel,
  asked: Omit<AskedImage, 'credits' | 'warnings' | 'requestHash' | 'name'>,
  inputs: readonly ReferenceInput[],
): string | null {
  const { source, ...rest } = asked;
  const isOpen = asked.enhance && asked.enhanced === null;
  if (!model.seeds || !(asked.seedAsked || source) || isOpen) return null;
  const parts = { ...rest, prompt: wordsOf(asked), inputs: inputs.map(({ blob }) => blob) };
  return hashRequest(source ? { ...parts, source: source.blob } : parts);
}

/** Where none is named, the one of the settings, or where rules forbid that the first that they do not. */
function chooseModel({ deps, settings, actor }: Ruled, line: PromptLine): FoundModel {
  const { providers } = deps;
  const named = line.model ? findModel(providers, line.model) : undefined;
  if (named) return named;
  const isAllowed = ({ model }: FoundModel) => allowsModel(settings.rules, actor.role, wantedModel({ deps }, model.id));
  const usual = defaultModel(providers, settings.model);
  return isAllowed(usual) ? usual : (listModels(providers).find(isAllowed) ?? usual);
}
