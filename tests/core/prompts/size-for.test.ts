import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ratioDiffers } from '#core/ports/image-sizes.ts';
import type { ModelSizes } from '#core/ports/images.ts';
import { sizeFor } from '#core/prompts/size-for.ts';

const free: ModelSizes = { kind: 'free', step: 16, sideMax: 3840, pixels: 1_048_576, ratioMax: 3 };
const listed: ModelSizes = {
  kind: 'list',
  sizes: [
    { width: 1024, height: 1024 },
    { width: 1536, height: 1024 },
    { width: 1024, height: 1536 },
  ],
};

describe('sizeFor', () => {
  test.each([
    [1, 1, 1024, 1024],
    [16, 9, 1392, 784],
    [9, 16, 784, 1392],
    [3, 2, 1248, 832],
    [4, 3, 1152, 864],
    [21, 9, 1568, 672],
    [3, 1, 1776, 592],
  ])('gives %i:%i its shape, to 0.2 %, at about a megapixel where sizes are free', (width, height, wide, high) => {
    expect(sizeFor(free, { width, height })).toEqual({ width: wide, height: high });
  });

  test.each([
    [1, 1, 1024, 1024],
    [16, 9, 1536, 1024],
    [9, 16, 1024, 1536],
    [4, 3, 1536, 1024],
    [10, 9, 1024, 1024],
    [50, 1, 1536, 1024],
  ])('takes the listed size nearest in shape to %i:%i', (width, height, wide, high) => {
    expect(sizeFor(listed, { width, height })).toEqual({ width: wide, height: high });
  });

  test('stays within steps, sides and ratio for every ratio a person can type', () => {
    const side = fc.integer({ min: 1, max: 10_000 });
    const bounds = fc.constantFrom(free, { ...free, step: 8, sideMax: 2048, ratioMax: 4 }, { ...free, ratioMax: 2.5 });
    fc.assert(
      fc.property(side, side, bounds, (width, height, sizes) => {
        const size = sizeFor(sizes, { width, height });
        const [long, short] = [Math.max(size.width, size.height), Math.min(size.width, size.height)];
        expect(size.width % sizes.step).toBe(0);
        expect(size.height % sizes.step).toBe(0);
        expect(long).toBeLessThanOrEqual(sizes.sideMax);
        expect(long / short).toBeLessThanOrEqual(sizes.ratioMax);
        expect(Math.abs(Math.log((long * short) / sizes.pixels))).toBeLessThan(0.3);
        expect(width >= height ? size.width >= size.height : size.width <= size.height).toBe(true);
      }),
    );
  });

  test('keeps within 2 % of any ratio inside the bounds', () => {
    const side = fc.integer({ min: 100, max: 300 });
    fc.assert(
      fc.property(side, side, (width, height) => {
        expect(ratioDiffers(sizeFor(free, { width, height }), { width, height })).toBe(false);
      }),
    );
  });
});

test('ratioDiffers sees 3 % and overlooks 1 %', () => {
  expect(ratioDiffers({ width: 103, height: 100 }, { width: 1, height: 1 })).toBe(true);
  expect(ratioDiffers({ width: 101, height: 100 }, { width: 1, height: 1 })).toBe(false);
});
