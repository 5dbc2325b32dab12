import { type AskedImage, hashAsked } from '#core/batches/ask-images.ts';
import type { Picture } from '#core/batches/find-finished.ts';
import { type FoundModel, listUpscalers } from '#core/batches/models.ts';
import { numberRuns } from '#core/batches/number-runs.ts';
import type { Deps } from '#core/deps.ts';
import { UserError } from '#core/errors.ts';
import type { ImageProvider, Size, Upscaling } from '#core/ports/images.ts';

/** What a picture is enlarged from. */
export type UpscaleSource = NonNullable<Picture['source']>;

/** A picture that came, as what another is to be enlarged from; undefined for one that did not. */
export function upscaleSource(picture: Picture, factor: number): UpscaleSource | undefined {
  const { original: blob, type, width, height } = picture;
  if (blob === null || type === null) return undefined;
  return { blob, type, width, height, model: picture.source?.model ?? picture.model, factor };
}

export function upscaledSize({ width, height, factor }: UpscaleSource): Size {
  return { width: width * factor, height: height * factor };
}

/** An enlargement as the picture that it was made from: what its maker can start from again. */
export function beforeUpscale(picture: Picture): Picture {
  const { source } = picture;
  if (source === null) return picture;
  const { blob, type, width, height, model } = source;
  const warnings = picture.warnings.filter((warning) => warning !== 'resampled');
  return { ...picture, source: null, original: blob, type, width, height, model, askedModel: null, warnings };
}

/** The first of those who may that can, of what `fits` takes; undefined where there is none. */
export function findUpscaler(
  providers: readonly ImageProvider[],
  source: UpscaleSource,
  fits: (found: FoundModel) => boolean = () => true,
): FoundModel | undefined {
  const { width, height } = upscaledSize(source);
  const isWithin = ({ factors, sideMax, pixelsMax }: Upscaling) =>
    factors.includes(source.factor) && Math.max(width, height) <= sideMax && width * height <= pixelsMax;
  return listUpscalers(providers, source.model).find(
    (found) => found.model.upscales && isWithin(found.model.upscales) && fits(found),
  );
}

/**
 * Enlargements of pictures, each of its `source`; of what the pictures are made of nothing changes.
 * @throws {UserError} `upscale.tooLarge`, `upscale.largest`
 */
export function askUpscaled(
  { providers }: Pick<Deps, 'providers'>,
  pictures: readonly (Picture & { source: UpscaleSource })[],
): AskedImage[] {
  const found = pictures.map((picture) => ({ picture, upscaler: findUpscaler(providers, picture.source) }));
  const lacking = found.filter(({ upscaler }) => !upscaler).map(({ picture }) => picture);
  if (lacking.length > 0) throw tooLarge(providers, lacking);
  return found.flatMap(({ picture, upscaler }) => (upscaler ? [askOne(picture, upscaler)] : []));
}

function askOne(picture: Picture & { source: UpscaleSource }, { provider, model }: FoundModel): AskedImage {
  const { prompt, enhance, enhanced, negative, quality, name, seed, seedAsked, source } = picture;
  const asked = {
    ...{ prompt, enhance, enhanced, negative, quality, name, seed, seedAsked, source },
    ...{ providerId: provider.id, model: model.id, originId: picture.id },
    ...upscaledSize(source),
  };
  return {
    ...asked,
    credits: model.credits,
    warnings: model.upscales?.resamples ? ['resampled'] : [],
    requestHash: hashAsked(model, asked, []),
  };
}

/** Names the largest result that anybody makes of them, and a factor that would do. */
function tooLarge(
  providers: readonly ImageProvider[],
  pictures: readonly { number: number; source: UpscaleSource }[],
): UserError {
  const upscalings = pictures.flatMap(({ source }) =>
    listUpscalers(providers, source.model).flatMap(({ model }) => model.upscales ?? []),
  );
  const [largest] = upscalings.toSorted((one, other) => other.pixelsMax - one.pixelsMax);
  if (!largest) throw new Error('no provider enlarges pictures');
  const smaller = upscalings
    .flatMap(({ factors }) => factors)
    .toSorted((one, other) => other - one)
    .find((factor) =>
      pictures.every(({ source }) => factor < source.factor && findUpscaler(providers, { ...source, factor })),
    );
  const values = {
    count: pictures.length,
    numbers: numberRuns(pictures.map(({ number }) => number)),
    side: largest.sideMax,
    megapixels: Math.floor(largest.pixelsMax / 1_000_000),
  };
  if (smaller === undefined) return new UserError('upscale.largest', values);
  return new UserError('upscale.tooLarge', { ...values, factor: smaller });
}
