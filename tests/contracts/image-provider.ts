import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type GenerateOptions,
  type ImageModel,
  type ImageProvider,
  type ImageRequest,
  ProviderError,
  type ProviderErrorReason,
} from '#core/ports/images.ts';
import { decodeImage } from '#media/decode-image.ts';
import { inspectImage } from '#media/inspect-image.ts';
import { inputPixelsMax } from '#media/sharp.ts';
import { fourColors } from '#tests/media/pictures.ts';

export interface ImageProviderSetup {
  provider: ImageProvider;
  /** Makes the next call fail in this way, for the ways the set-up can bring about; says what must come of it. */
  provoke?: Partial<Record<ProviderErrorReason, () => { retryable: boolean; retryAfterMs?: number }>>;
  /** Makes the next call wait for ever, for set-ups that can; `started` resolves when the provider is at work on it. */
  hold?: () => { started: Promise<void> };
  stop?: () => Promise<void>;
}

/** What the core relies on in every image provider. Call it once for each, at the top of a test file. */
export function describeImageProvider(name: string, start: () => Promise<ImageProviderSetup>): void {
  describe(`${name} as an image provider`, () => {
    let setup: ImageProviderSetup;
    beforeAll(async () => {
      setup = await start();
    });
    afterAll(async () => setup.stop?.());

    describeDeclarations(() => setup.provider);
    describePictures(() => setup.provider);
    describeEnlargements(() => setup.provider);
    describeEnding(() => setup);

    test('refuses a model it does not offer, for good', async () => {
      const { error } = await failureOf(setup.provider, { model: 'no-such-model' });
      expect(error).toMatchObject({ reason: 'bad_request', retryable: false });
    });

    test('says why it failed, whether to try again and how long to wait', async () => {
      for (const [reason, provoke] of Object.entries(setup.provoke ?? {})) {
        const expected = provoke();
        const { error } = await failureOf(setup.provider, {});
        expect(error, reason).toBeInstanceOf(ProviderError);
        expect(error, reason).toMatchObject({ reason, ...expected });
      }
      const { result } = await generate(setup.provider, {});
      expect(result.bytes.length, 'the failures leave nothing behind').toBeGreaterThan(0);
    });
  });
}

function describeDeclarations(provider: () => ImageProvider): void {
  test('declares models that people and quotas can rely on', () => {
    const { models, concurrency } = provider();
    expect(models.length).toBeGreaterThan(0);
    expect(concurrency).toBeGreaterThanOrEqual(1);
    expect(new Set(models.map(({ id }) => id)).size).toBe(models.length);
    for (const model of models) {
      expect(model.id).toMatch(/^[a-z0-9][a-z0-9.-]*$/);
      expect(Number.isInteger(model.credits) && model.credits >= 1, `${model.id} credits`).toBe(true);
      expect(Number.isInteger(model.costMicros) && model.costMicros >= 0, `${model.id} cost`).toBe(true);
      expect(model.currency).toMatch(/^[A-Z]{3}$/);
      expect(model.formats.length).toBeGreaterThan(0);
      expect(model.deadlineMs).toBeGreaterThan(0);
      expect(model.promptCharsMax).toBeGreaterThan(0);
      if (model.sizes.kind === 'list') expect(model.sizes.sizes.length).toBeGreaterThan(0);
      else {
        expect(model.sizes.sideMax % model.sizes.step).toBe(0);
        expect(model.sizes.ratioMax).toBeGreaterThanOrEqual(1);
        expect(Math.sqrt(model.sizes.pixels * model.sizes.ratioMax)).toBeLessThanOrEqual(model.sizes.sideMax);
      }
      for (const factor of model.upscales?.factors ?? []) expect(factor).toBeGreaterThan(1);
      if (model.upscales) expect(model.upscales.pixelsMax).toBeLessThanOrEqual(inputPixelsMax);
    }
  });
}

function describePictures(provider: () => ImageProvider): void {
  test('makes a decodable picture of about the asked shape', async () => {
    if (isForUpscaling(provider())) return;
    for (const size of shapesOf(firstModel(provider()))) {
      const { result } = await generate(provider(), { size });
      const { type, width, height } = await inspectImage(result.bytes);
      await decodeImage(result.bytes);
      expect(type).toBe(result.type);
      expect(Math.abs(Math.log(width / height / (size.width / size.height)))).toBeLessThan(0.03);
    }
  });

  test('makes another picture for another key', async () => {
    if (isForUpscaling(provider())) return;
    const first = await generate(provider(), {}, { key: 'one' });
    const second = await generate(provider(), {}, { key: 'two' });
    expect(Buffer.from(first.result.bytes).equals(second.result.bytes)).toBe(false);
  });

  test('keeps to the seed, or says that it cannot', async () => {
    if (isForUpscaling(provider())) return;
    const { result } = await generate(provider(), { seed: 7 }, { key: 'one' });
    const again = await generate(provider(), { seed: 7 }, { key: 'two' });
    if (firstModel(provider()).seeds) {
      expect(result.seed).toBe(7);
      expect(Buffer.from(again.result.bytes).equals(result.bytes)).toBe(true);
    } else expect(result.warnings).toContain('seed_ignored');
  });

  test('leaves out a quality it does not have, with a warning', async () => {
    if (isForUpscaling(provider())) return;
    const { result } = await generate(provider(), { quality: 'no-such-quality' });
    expect(result.warnings).toContain('quality_ignored');
  });

  test('gives no warning for what nobody asked for', async () => {
    const { result } = await generate(provider(), {});
    expect(result.warnings).toEqual([]);
  });

  test('reports a cost that is a whole number', async () => {
    const { result } = await generate(provider(), {});
    expect(result.cost?.micros).toSatisfy((micros: number) => Number.isInteger(micros) && micros >= 0);
  });

  test('shows decodable previews, all before the picture, where the model has them', async () => {
    const partials: Uint8Array[] = [];
    const { result } = await generate(provider(), {}, { onPartial: (bytes) => partials.push(bytes) });
    const before = [...partials];
    expect(result.bytes.length).toBeGreaterThan(0);
    if (firstModel(provider()).partials) expect(before.length).toBeGreaterThan(0);
    for (const partial of before) await decodeImage(partial);
    expect(partials).toEqual(before);
  });
}

function describeEnlargements(provider: () => ImageProvider): void {
  test('enlarges to the asked size and in the same type where a model can, and refuses where it cannot, for good', async () => {
    const source = { role: 'source' as const, type: 'png' as const, bytes: await fourColors(48, 32).png().toBuffer() };
    for (const { id, upscales } of provider().models) {
      for (const factor of upscales?.factors ?? [2]) {
        const size = { width: 48 * factor, height: 32 * factor };
        const request = { operation: 'upscale' as const, model: id, size, inputs: [source] };
        if (!upscales) {
          const { error } = await failureOf(provider(), request);
          expect(error, id).toMatchObject({ reason: 'bad_request', retryable: false });
          continue;
        }
        const { result } = await generate(provider(), request);
        expect(await inspectImage(result.bytes), id).toMatchObject({ ...size, type: 'png' });
        expect(result.type).toBe('png');
      }
    }
  });

  test('makes nothing of words with a model that only enlarges', async () => {
    for (const { id } of provider().models.filter(({ upscales }) => upscales?.only)) {
      const { error } = await failureOf(provider(), { operation: 'generate', model: id, inputs: [] });
      expect(error, id).toMatchObject({ reason: 'bad_request', retryable: false });
    }
  });
}

function describeEnding(setup: () => ImageProviderSetup): void {
  test('does not start under a signal that has already fired', async () => {
    const partials: Uint8Array[] = [];
    const options = { signal: AbortSignal.abort(), onPartial: (bytes: Uint8Array) => partials.push(bytes) };
    const { error } = await failureOf(setup().provider, {}, options);
    expect(error).toMatchObject({ reason: 'aborted' });
    expect(partials).toEqual([]);
  });

  test('ends in the middle when its caller aborts', async () => {
    const { provider, hold } = setup();
    const controller = new AbortController();
    const held = hold?.();
    // Where nothing can hold the call, its first preview is a moment in the middle; without one, as soon as it has begun.
    const onPartial = held ? undefined : () => controller.abort();
    const failing = failureOf(provider, {}, { signal: controller.signal, ...(onPartial ? { onPartial } : {}) });
    await held?.started;
    if (held || isForUpscaling(provider)) controller.abort();
    expect((await failing).error).toMatchObject({ reason: 'aborted' });
  });

  test('calls a deadline a timeout that may be tried again', async () => {
    const { provider, hold } = setup();
    const controller = new AbortController();
    const deadline = new DOMException('too long', 'TimeoutError');
    const held = hold?.();
    const onPartial = held ? undefined : () => controller.abort(deadline);
    const failing = failureOf(provider, {}, { signal: controller.signal, ...(onPartial ? { onPartial } : {}) });
    await held?.started;
    if (held || isForUpscaling(provider)) controller.abort(deadline);
    expect((await failing).error).toMatchObject({ reason: 'timeout', retryable: true });
  });
}

function firstModel(provider: ImageProvider): ImageModel {
  const [model] = provider.models;
  if (!model) throw new Error(`${provider.id} has no model`);
  return model;
}

function isForUpscaling(provider: ImageProvider): boolean {
  return firstModel(provider).upscales?.only === true;
}

function shapesOf({ sizes }: ImageModel) {
  if (sizes.kind === 'list') return sizes.sizes;
  const side = Math.floor(512 / sizes.step) * sizes.step;
  const long = Math.floor((side * Math.min(2, sizes.ratioMax)) / sizes.step) * sizes.step;
  return [
    { width: side, height: side },
    { width: long, height: side },
    { width: side, height: long },
  ];
}

async function generate(
  provider: ImageProvider,
  request: Partial<ImageRequest>,
  options: Partial<GenerateOptions> = {},
) {
  const model = firstModel(provider);
  const [size = { width: 512, height: 512 }] = shapesOf(model);
  const source = { role: 'source' as const, type: 'png' as const, bytes: await fourColors(256, 256).png().toBuffer() };
  const asked: Pick<ImageRequest, 'operation' | 'inputs'> = isForUpscaling(provider)
    ? { operation: 'upscale', inputs: [source] }
    : { operation: 'generate', inputs: [] };
  const result = await provider.generate(
    { ...asked, model: model.id, prompt: 'a red fox in snow', size, ...request },
    { signal: new AbortController().signal, key: 'contract', saveHandle: async () => undefined, ...options },
  );
  return { result };
}

async function failureOf(
  provider: ImageProvider,
  request: Partial<ImageRequest>,
  options: Partial<GenerateOptions> = {},
): Promise<{ error: unknown }> {
  try {
    await generate(provider, request, options);
  } catch (error) {
    return { error };
  }
  throw new Error('the call was expected to fail');
}
