import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { fitImage } from '#media/fit-image.ts';
import { fourColors, noise } from '#tests/media/pictures.ts';

const all = ['png', 'jpeg', 'webp'] as const;

describe('fitImage', () => {
  it('hands a picture that fits back untouched', async () => {
    const bytes = await fourColors(300, 200).png().toBuffer();
    const fitted = await fitImage(bytes, {
      bytesMax: bytes.length,
      types: all,
      sideMax: 300,
      sideSumMax: 500,
      pixelsMax: 60_000,
    });
    expect(fitted).toEqual({ bytes, type: 'png', width: 300, height: 200 });
  });

  it.each([200_000, 40_000, 8_000, 2_000])('brings noise of 1.3 MB under %i bytes', async (bytesMax) => {
    const bytes = await noise(700, 600).png().toBuffer();
    expect(bytes.length).toBeGreaterThan(1_200_000);
    const fitted = await fitImage(bytes, { bytesMax, types: ['png', 'jpeg'] });
    expect(fitted.bytes.byteLength).toBeLessThanOrEqual(bytesMax);
    const facts = await sharp(fitted.bytes).metadata();
    expect([facts.format, facts.width, facts.height]).toEqual(['jpeg', fitted.width, fitted.height]);
    expect(facts.width / facts.height).toBeCloseTo(7 / 6, 1);
  });

  it('lowers quality before it lowers size', async () => {
    const bytes = await noise(400, 400).png().toBuffer();
    const best = await sharp(bytes).jpeg({ quality: 92, chromaSubsampling: '4:4:4' }).toBuffer();
    const fitted = await fitImage(bytes, { bytesMax: best.length - 1, types: ['jpeg'] });
    expect(fitted).toMatchObject({ width: 400, height: 400 });
  });

  it('keeps each limit on dimensions', async () => {
    const bytes = await fourColors(900, 300).png().toBuffer();
    const bytesMax = 1_000_000;
    expect(await fitImage(bytes, { bytesMax, types: all, sideMax: 450 })).toMatchObject({
      type: 'png',
      width: 450,
      height: 150,
    });
    const bySum = await fitImage(bytes, { bytesMax, types: all, sideSumMax: 1000 });
    expect(bySum.width + bySum.height).toBeLessThanOrEqual(1000);
    const byPixels = await fitImage(bytes, { bytesMax, types: all, pixelsMax: 100_000 });
    expect(byPixels.width * byPixels.height).toBeLessThanOrEqual(100_000);
    expect(byPixels.width * byPixels.height).toBeGreaterThan(98_000);
  });

  it('changes the type when the budget does not take it', async () => {
    const bytes = await fourColors(64, 64).webp().toBuffer();
    expect(await fitImage(bytes, { bytesMax: 100_000, types: ['jpeg', 'png'] })).toMatchObject({
      type: 'jpeg',
      width: 64,
    });
    expect(await fitImage(bytes, { bytesMax: 100_000, types: ['png'] })).toMatchObject({ type: 'png', width: 64 });
  });

  it.each([1, 8, 31])('changes the type of a picture of %i px', async (side) => {
    const bytes = await noise(side, side).webp().toBuffer();
    const fitted = await fitImage(bytes, { bytesMax: 100_000, types: ['png'] });
    expect(fitted).toMatchObject({ type: 'png', width: side, height: side });
  });

  it('makes no picture smaller than 32 px', async () => {
    const bytes = await noise(31, 31).png().toBuffer();
    await expect(fitImage(bytes, { bytesMax: 300, types: ['png'] })).rejects.toMatchObject({ reason: 'cannot_fit' });
  });

  it('says that nothing fits into 100 bytes', async () => {
    const bytes = await noise(300, 300).png().toBuffer();
    await expect(fitImage(bytes, { bytesMax: 100, types: all })).rejects.toMatchObject({ reason: 'cannot_fit' });
  });
});
