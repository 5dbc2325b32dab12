import { createHash } from 'node:crypto';
import fc from 'fast-check';
import sharp, { type Stats } from 'sharp';
import { describe, expect, it } from 'vitest';
import { drawSketch, drawSketchPartial } from '#media/sketch.ts';
import { composeSketch } from '#media/sketch-composition.ts';
import { readPromptWords } from '#media/sketch-words.ts';

const size = { width: 256, height: 256 };
const seeds = [1, 2, 3, 4, 5, 6];

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const tiny = async (bytes: Uint8Array) => [...(await sharp(bytes).removeAlpha().resize(16, 16).raw().toBuffer())];

async function meanOf(prompt: string, seed: number): Promise<{ red: number; green: number; blue: number }> {
  const { channels } = await sharp(await drawSketch({ prompt, seed, ...size })).stats();
  const [red = 0, green = 0, blue = 0] = channels.map(({ mean }) => mean);
  return { red, green, blue };
}

describe('drawSketch', () => {
  it.each([
    [256, 256],
    [1024, 576],
    [300, 900],
    [2048, 2048],
    [2048, 256],
  ])('draws a PNG of exactly %i×%i', async (width, height) => {
    const bytes = await drawSketch({ prompt: 'a city by the sea', seed: 5, width, height });
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png', width, height, channels: 3 });
  });

  it.each(['a red fox in snow', '霓虹城市的夜晚', 'portrait of a queen', 'x'])(
    'draws "%s" the same twice',
    async (prompt) => {
      const [first, second] = [
        await drawSketch({ prompt, seed: 7, ...size }),
        await drawSketch({ prompt, seed: 7, ...size }),
      ];
      expect(hash(first)).toBe(hash(second));
    },
  );

  it('draws another picture for another seed and for another prompt', async () => {
    const base = await tiny(await drawSketch({ prompt: 'a red fox in snow', seed: 1, ...size }));
    for (const other of [
      { prompt: 'a red fox in snow', seed: 2 },
      { prompt: 'a forest at night', seed: 1 },
    ]) {
      const pixels = await tiny(await drawSketch({ ...other, ...size }));
      const difference =
        pixels.reduce((sum, value, index) => sum + Math.abs(value - (base[index] ?? 0)), 0) / pixels.length;
      expect(difference).toBeGreaterThan(4);
    }
  });

  it.each(['a red flower', '紅色', 'red hills'])('has red in it for "%s", whatever the seed', async (prompt) => {
    for (const seed of seeds) {
      const { red, green, blue } = await meanOf(prompt, seed);
      expect(red).toBeGreaterThan(Math.max(green, blue) * 1.08);
    }
  });

  it.each(['snow', '雪地'])('is bright and pale for "%s", whatever the seed', async (prompt) => {
    for (const seed of seeds) {
      const { red, green, blue } = await meanOf(prompt, seed);
      expect(Math.min(red, green, blue)).toBeGreaterThan(150);
      expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(50);
    }
  });

  it.each(['night', '星空夜晚'])('is dark for "%s", whatever the seed', async (prompt) => {
    for (const seed of seeds) {
      const { red, green, blue } = await meanOf(prompt, seed);
      expect(0.2126 * red + 0.7152 * green + 0.0722 * blue).toBeLessThan(100);
    }
  });

  it('lets the colours of a reference picture take part', async () => {
    const colored = (background: string) =>
      sharp({ create: { width: 64, height: 64, channels: 3, background } })
        .png()
        .toBuffer();
    const request = { prompt: 'something', seed: 3, ...size };
    const [green, red] = [
      await sharp(await drawSketch({ ...request, reference: await colored('#10c020') })).stats(),
      await sharp(await drawSketch({ ...request, reference: await colored('#d01818') })).stats(),
    ];
    const redPart = ({ channels }: Stats) => (channels[0]?.mean ?? 0) / (channels[1]?.mean ?? 1);
    expect(redPart(red)).toBeGreaterThan(redPart(green) * 1.2);
  });

  it('refuses a size it cannot draw, a broken seed and a reference that is no picture', async () => {
    await expect(drawSketch({ prompt: 'x', seed: 1, width: 4096, height: 256 })).rejects.toThrow(RangeError);
    await expect(drawSketch({ prompt: 'x', seed: 1.5, ...size })).rejects.toThrow(RangeError);
    const reference = Buffer.from('no picture');
    await expect(drawSketch({ prompt: 'x', seed: 1, ...size, reference })).rejects.toMatchObject({
      reason: 'not_an_image',
    });
  });
});

describe('drawSketchPartial', () => {
  it('comes closer to the picture as the fraction grows', async () => {
    const request = { prompt: 'a red fox in snow', seed: 1, width: 512, height: 384 };
    const finished = await sharp(await drawSketch(request))
      .resize(320, 240)
      .raw()
      .toBuffer();
    const distances: number[] = [];
    for (const fraction of [0.1, 0.4, 0.9]) {
      const partial = await drawSketchPartial({ ...request, fraction });
      expect(await sharp(partial).metadata()).toMatchObject({ format: 'png', width: 320, height: 240 });
      const pixels = await sharp(partial).raw().toBuffer();
      distances.push(pixels.reduce((sum, value, index) => sum + Math.abs(value - (finished[index] ?? 0)), 0));
    }
    expect(distances).toEqual(distances.toSorted((left, right) => right - left));
  });
});

describe('composeSketch', () => {
  it('makes a sound drawing of any prompt and seed, and puts nothing of the prompt into it', () => {
    const side = fc.integer({ min: 64, max: 2048 });
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.maxSafeInteger(), side, side, (prompt, seed, width, height) => {
        const svg = composeSketch({ prompt: `${prompt}<script>&prompt;`, seed, width, height });
        expect(svg).not.toMatch(/NaN|undefined|Infinity|script|prompt|<text|href/);
      }),
      { numRuns: 60 },
    );
  });

  it('draws more than five kinds of composition for prompts that say nothing about it', () => {
    const shapes = Array.from({ length: 60 }, (_, seed) => {
      const svg = composeSketch({ prompt: 'something nice', seed, width: 256, height: 256 });
      return `${svg.includes('rotate(')}${svg.includes('v') && svg.includes('<rect y')}${Math.round(svg.length / 8000)}`;
    });
    expect(new Set(shapes).size).toBeGreaterThan(5);
  });
});

describe('readPromptWords', () => {
  it('reads English and Chinese alike', () => {
    const english = readPromptWords('A RED fox in the snow at night');
    expect(english).toMatchObject({ skies: ['night'], lands: ['snow'], subjects: ['fox'] });
    expect(readPromptWords('夜晚雪地裡的紅狐狸')).toEqual(english);
  });

  it('finds words, not parts of words', () => {
    expect(readPromptWords('a bored icecream scatter')).toEqual({ colors: [], skies: [], lands: [], subjects: [] });
  });
});
