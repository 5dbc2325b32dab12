import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { blurPicture } from '#media/blur-picture.ts';
import { fourColors, noise } from '#tests/media/pictures.ts';
import { sharpnessOf } from '#tests/media/sharpness.ts';

describe('a blurred picture', () => {
  it('keeps its shape and its colours, and nothing else', async () => {
    const clear = await fourColors(1600, 800)
      .withExif({ IFD0: { ImageDescription: 'a secret' } })
      .png()
      .toBuffer();
    const { bytes, type, width, height } = await blurPicture(clear);
    const { format, exif, ...found } = await sharp(bytes).metadata();
    expect({ type, width, height, format, exif }).toEqual({
      ...{ type: 'jpeg', width: 512, height: 256, format: 'jpeg', exif: undefined },
    });
    expect(found).toMatchObject({ width: 512, height: 256 });
    const [corner] = await sharp(bytes).extract({ left: 2, top: 2, width: 1, height: 1 }).raw().toBuffer();
    expect(corner).toBeGreaterThan(200);
  });

  it('has no edge left that was in the picture, however small that is', async () => {
    for (const size of [40, 256, 2000]) {
      const clear = await noise(size, size).png().toBuffer();
      const { bytes } = await blurPicture(clear);
      expect(await sharpnessOf(clear), String(size)).toBeGreaterThan(40);
      expect(await sharpnessOf(bytes), String(size)).toBeLessThan(size < 100 ? 25 : 6);
    }
  });

  it('is never larger than the picture', async () => {
    const { width, height } = await blurPicture(await fourColors(3, 1).png().toBuffer());
    expect({ width, height }).toEqual({ width: 3, height: 1 });
  });
});
