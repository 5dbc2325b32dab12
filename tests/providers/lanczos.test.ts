import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { ImageFormat, ImageProvider, ImageRequest } from '#core/ports/images.ts';
import { createProviders, readProviders } from '#providers/index.ts';
import { describeImageProvider } from '#tests/contracts/image-provider.ts';
import { fourColors, pixelAt } from '#tests/media/pictures.ts';

function createLanczos(): ImageProvider {
  const provider = createProviders(readProviders({}).configs, { fetch }).find(({ id }) => id === 'lanczos');
  if (!provider) throw new Error('it is always on');
  return provider;
}

describeImageProvider('lanczos', async () => ({ provider: createLanczos() }));

async function enlarge(bytes: Uint8Array, type: ImageFormat, changes: Partial<ImageRequest> = {}) {
  const request: ImageRequest = {
    operation: 'upscale',
    model: 'lanczos',
    prompt: 'a fox',
    size: { width: 160, height: 120 },
    inputs: [{ role: 'source', bytes, type }],
    ...changes,
  };
  const signal = new AbortController().signal;
  return createLanczos().generate(request, { signal, key: 'k', saveHandle: async () => undefined });
}

describe('an enlargement', () => {
  it.each(['png', 'jpeg', 'webp'] as const)('of a %s is one, with each colour where it was', async (type) => {
    const result = await enlarge(await fourColors(40, 30).toFormat(type, { quality: 100 }).toBuffer(), type);
    expect(result).toMatchObject({ type, warnings: [], cost: { micros: 0 } });
    expect(await sharp(result.bytes).metadata()).toMatchObject({ format: type, width: 160, height: 120 });
    const near = async (x: number, y: number, color: number[]) => {
      for (const [at, value] of (await pixelAt(result.bytes, x, y)).entries())
        expect(Math.abs(value - (color[at] ?? -99)), `${x} ${y}`).toBeLessThan(6);
    };
    await near(20, 20, [255, 0, 0]);
    await near(140, 20, [0, 200, 0]);
    await near(20, 100, [0, 0, 255]);
    await near(140, 100, [255, 220, 0]);
  });

  it('is smooth between what was there: resampled, not repeated', async () => {
    const { bytes } = await enlarge(await fourColors(40, 30).png().toBuffer(), 'png');
    const across = await Promise.all(Array.from({ length: 8 }, (_, at) => pixelAt(bytes, 76 + at, 20)));
    expect(new Set(across.map(String)).size).toBeGreaterThan(4);
    expect(across[0]?.[0], 'more red before less of it').toBeGreaterThan(across[3]?.[0] ?? 255);
  });

  it('keeps what shines through, and is the same again', async () => {
    const create = { width: 40, height: 30, channels: 4 as const, background: { r: 255, g: 0, b: 0, alpha: 0.5 } };
    const source = await sharp({ create }).png().toBuffer();
    const [one, other] = [await enlarge(source, 'png'), await enlarge(source, 'png')];
    expect(await sharp(one.bytes).metadata()).toMatchObject({ hasAlpha: true, width: 160 });
    expect(Buffer.from(one.bytes).equals(other.bytes)).toBe(true);
  });

  it.each([
    ['a picture that cannot be read', { inputs: [{ role: 'source', bytes: Buffer.from('no'), type: 'png' }] }],
    ['no picture', { inputs: [] }],
  ] as [string, Partial<ImageRequest>][])('of %s is refused for good', async (_, changes) => {
    const bytes = await fourColors(8, 8).png().toBuffer();
    await expect(enlarge(bytes, 'png', changes)).rejects.toMatchObject({ reason: 'bad_request', retryable: false });
  });
});

it('takes what the usual models make four times as large', () => {
  const [model] = createLanczos().models;
  for (const [width, height] of [
    [1024, 1024],
    [1536, 1024],
    [2048, 512],
  ]) {
    expect(16 * (width ?? 0) * (height ?? 0)).toBeLessThanOrEqual(model?.upscales?.pixelsMax ?? 0);
    expect(4 * (width ?? 0)).toBeLessThanOrEqual(model?.upscales?.sideMax ?? 0);
  }
});
