import { describe, expect, it } from 'vitest';
import { preparePictures } from '#bots/prepare-pictures.ts';
import type { OutgoingImage } from '#core/ports/message.ts';
import { createBotDeps } from '#tests/bots/bot-deps.ts';
import { fourColors } from '#tests/media/pictures.ts';

const budget = { bytesMax: 1_000_000, types: ['png'] } as const;

/** Pictures that say they have so many megapixels, and which were opened before any was read. */
async function openedAtOnce(megapixels: readonly number[]) {
  const { deps } = createBotDeps();
  const bytes = await fourColors(8, 8).png().toBuffer();
  const images = megapixels.map(
    (count, index): OutgoingImage => ({
      ...{ blob: String(index), type: 'png', width: count * 1000, height: 1000, name: `${index}.png` },
      alt: { verbatim: '' },
    }),
  );
  const gate = Promise.withResolvers<void>();
  const opened: string[] = [];
  const read = async (key: string) => {
    opened.push(key);
    await gate.promise;
    return bytes;
  };
  const preparing = preparePictures({ ...deps, blobs: { read } }, images, budget);
  const atOnce = [...opened];
  gate.resolve();
  const { pictures, leftOut } = await preparing;
  expect(leftOut).toEqual([]);
  expect(pictures.map(({ name }) => name)).toEqual(images.map(({ name }) => name));
  return atOnce;
}

describe('pictures of a page are prepared', () => {
  it('all at once where they are of the usual size', async () => {
    expect(await openedAtOnce(Array(10).fill(1.5))).toHaveLength(10);
  });

  it('one after another where they are large, so that memory does not grow with their number', async () => {
    expect(await openedAtOnce(Array(10).fill(25))).toEqual(['0']);
    expect(await openedAtOnce([40, 40])).toEqual(['0']);
    expect(await openedAtOnce([1, 16, 16, 1])).toEqual(['0', '1']);
  });

  it('none left out, whatever size they say they have', async () => {
    expect(await openedAtOnce([0])).toEqual(['0']);
    expect(await openedAtOnce([0, 25, 0])).toEqual(['0', '1', '2']);
  });
});
