import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PictureCheck } from '#core/ports/picture-check.ts';
import { drawSketch } from '#media/sketch.ts';
import { makeThumbnail } from '#media/thumbnail.ts';
import { createNsfwjs, missingPackages, ratingOf } from '#providers/nsfwjs.ts';
import { readPictureCheck } from '#providers/picture-checks.ts';
import { fourColors, noise } from '#tests/media/pictures.ts';

describe('what the chances of classes say of a picture', () => {
  it.each([
    [{ porn: 0, hentai: 0, sexy: 0 }, 'safe'],
    [{ porn: 0.59, hentai: 0, sexy: 0 }, 'suggestive'],
    [{ porn: 0.6, hentai: 0, sexy: 0 }, 'explicit'],
    [{ porn: 0, hentai: 0.6, sexy: 0.4 }, 'explicit'],
    [{ porn: 0.3, hentai: 0.3, sexy: 0 }, 'explicit'],
    [{ porn: 0, hentai: 0, sexy: 0.5 }, 'suggestive'],
    [{ porn: 0.2, hentai: 0.1, sexy: 0.2 }, 'suggestive'],
    [{ porn: 0.2, hentai: 0.1, sexy: 0.19 }, 'safe'],
    [{ porn: 0, hentai: 0, sexy: 1 }, 'suggestive'],
  ] as const)('%o: %s', (chances, rating) => expect(ratingOf(chances)).toBe(rating));
});

describe('EASEL_PICTURE_CHECK', () => {
  const read = (value: string | undefined, missing: string[] = []) =>
    readPictureCheck(value === undefined ? {} : { EASEL_PICTURE_CHECK: value }, () => missing);

  it('is off unless it names a check', () => {
    for (const value of [undefined, '', 'off', ' OFF '])
      expect(read(value, ['nsfwjs'])).toEqual({ pictureCheck: undefined, problems: [] });
    expect(read('nsfwjs')).toMatchObject({ pictureCheck: { id: 'nsfwjs' }, problems: [] });
  });

  it('says in a sentence what is wrong with it, and which packages are lacking', () => {
    expect(read('yes').problems).toEqual(['EASEL_PICTURE_CHECK must be nsfwjs or off']);
    const [problem] = read('nsfwjs', ['nsfwjs', '@tensorflow/tfjs']).problems;
    expect(problem).toMatch(/^EASEL_PICTURE_CHECK=nsfwjs needs nsfwjs, @tensorflow\/tfjs, which npm left out/);
  });
});

const missing = missingPackages();
describe.skipIf(missing.length > 0)(
  `nsfwjs itself${missing.length > 0 ? ` (not installed: ${missing.join()})` : ''}`,
  () => {
    let check: PictureCheck;
    const signal = new AbortController().signal;
    const rate = (picture: Uint8Array) => check.rate(picture, { signal });
    const landscape = async (seed: number) => {
      const sketch = await drawSketch({ prompt: 'a mountain lake at dawn', seed, width: 512, height: 320 });
      return (await makeThumbnail(sketch)).bytes;
    };
    beforeAll(() => {
      check = createNsfwjs();
    });
    afterAll(() => check.stop());

    it('takes landscapes, flat colours and noise for safe, many at once', async () => {
      const drawn = await Promise.all([1, 2, 3, 4].map(landscape));
      const made = await Promise.all([fourColors(256, 256).png(), noise(200, 300).jpeg()].map((one) => one.toBuffer()));
      expect(await Promise.all([...drawn, ...made].map(rate))).toEqual(Array(6).fill('safe'));
    });

    it('never keeps the thread that answers people waiting', async () => {
      const picture = await landscape(5);
      let turns = 0;
      const rated = Promise.all(Array.from({ length: 5 }, () => rate(picture))).then(() => 'rated' as const);
      while ((await Promise.race([rated, sleep(1)])) !== 'rated') turns += 1;
      expect(turns).toBeGreaterThan(5);
    });

    it('refuses bytes that are no picture, and goes on', async () => {
      await expect(rate(new Uint8Array([1, 2, 3]))).rejects.toMatchObject({ reason: 'bad_request', retryable: false });
      const cut = (await landscape(6)).subarray(0, 900);
      await expect(rate(cut)).rejects.toMatchObject({ name: 'ProviderError' });
      expect(await rate(await landscape(6))).toBe('safe');
    });

    it('is killed in the middle of a picture where its time is up, and goes on in a new thread', async () => {
      const picture = await landscape(7);
      const controller = new AbortController();
      const given = check.rate(picture, { signal: controller.signal });
      const next = rate(picture);
      setTimeout(() => controller.abort(new DOMException('late', 'TimeoutError')), 20);
      await expect(given).rejects.toMatchObject({ reason: 'timeout', retryable: true });
      expect(await next).toBe('safe');
    });
  },
);
