import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readEaselMetadata } from '#media/easel-metadata.ts';
import { normalizeReference } from '#media/normalize-reference.ts';
import { storeForms } from '#media/store-forms.ts';
import { makeThumbnail } from '#media/thumbnail.ts';
import { fourColors, pixelAt } from '#tests/media/pictures.ts';

const own = { prompt: 'a red fox', model: 'sketch', seed: 42 };
const secret = 'PRIVATE-CAMERA';
const foreignXmp = `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><a>${secret}</a></x:xmpmeta>`;

/** A photo as a phone writes it: maker, place, XMP, a colour profile, stored lying on its side. */
async function photo(type: 'png' | 'jpeg' | 'webp'): Promise<Buffer> {
  const bytes = await fourColors(400, 300)
    .withMetadata({ orientation: 6 })
    .withExifMerge({ IFD0: { Make: secret, Copyright: secret }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } })
    .withXmp(foreignXmp)
    .withIccProfile('p3')
    .toFormat(type)
    .toBuffer();
  expect(bytes.includes(secret)).toBe(true);
  return bytes;
}

describe('storeForms', () => {
  it.each(['png', 'jpeg', 'webp'] as const)(
    'keeps %s as it is, upright, with our metadata and no foreign one',
    async (type) => {
      const { original } = await storeForms(await photo(type), own);
      const facts = await sharp(original.bytes).metadata();
      expect(original).toMatchObject({ type, width: 300, height: 400 });
      expect(facts).toMatchObject({ format: type, width: 300, height: 400 });
      expect(facts.xmp).toBeUndefined();
      expect(facts.icc).toBeUndefined();
      expect(Buffer.from(original.bytes).includes(secret)).toBe(false);
      expect(facts.exif?.includes('Easel')).toBe(true);
      expect(await readEaselMetadata(original.bytes)).toEqual(own);
    },
  );

  it('changes no pixel of a PNG', async () => {
    const bytes = await fourColors(64, 64).png().toBuffer();
    const { original } = await storeForms(bytes, own);
    expect(await sharp(original.bytes).raw().toBuffer()).toEqual(await sharp(bytes).raw().toBuffer());
  });

  it('changes the format when asked', async () => {
    const { original } = await storeForms(await photo('png'), { ...own, format: 'jpeg' });
    expect((await sharp(original.bytes).metadata()).format).toBe('jpeg');
    expect(await readEaselMetadata(original.bytes)).toEqual(own);
  });

  it.each([
    ['Chinese and emoji', '一隻紅狐狸在雪地裡 🦊 "quoted" \\ back'],
    ['line breaks and control characters', 'one\ntwo\tthree\u0001'],
    ['brackets at the end', 'a fox (Ascii, 5 components, 5 bytes)'],
  ])('reads a prompt with %s back as it was', async (_, prompt) => {
    for (const format of ['png', 'jpeg', 'webp'] as const) {
      const { original } = await storeForms(await fourColors(32, 32).png().toBuffer(), { ...own, prompt, format });
      expect(await readEaselMetadata(original.bytes)).toEqual({ ...own, prompt });
    }
  });

  it('cuts a prompt of 40,000 characters and keeps the picture readable', async () => {
    const { original } = await storeForms(await fourColors(32, 32).jpeg().toBuffer(), {
      prompt: '狐'.repeat(40_000),
      model: 'sketch',
    });
    expect(await readEaselMetadata(original.bytes)).toEqual({ prompt: '狐'.repeat(4000), model: 'sketch' });
  });

  it('makes a thumbnail of 256 px on the longest side with nothing but pixels in it', async () => {
    const { thumbnail } = await storeForms(await photo('jpeg'), own);
    const facts = await sharp(thumbnail.bytes).metadata();
    expect(facts).toMatchObject({ format: 'jpeg', width: 192, height: 256 });
    expect(thumbnail).toMatchObject({ type: 'jpeg', width: 192, height: 256 });
    expect([facts.exif, facts.xmp, facts.icc]).toEqual([undefined, undefined, undefined]);
    const [red, , blue] = await pixelAt(thumbnail.bytes, 30, 30);
    // Turned by 90° to the right, the lower left quarter (blue) comes to the upper left.
    expect(blue).toBeGreaterThan(180);
    expect(red).toBeLessThan(80);
  });
});

describe('readEaselMetadata', () => {
  it('finds nothing in a picture that is not ours', async () => {
    expect(await readEaselMetadata(await photo('jpeg'))).toBeUndefined();
    expect(await readEaselMetadata(await fourColors(8, 8).png().toBuffer())).toBeUndefined();
  });

  it('finds nothing in a comment that only resembles ours', async () => {
    const bytes = await fourColors(8, 8)
      .withExif({ IFD2: { UserComment: '{"easel":1,"prompt":7}' } })
      .jpeg()
      .toBuffer();
    expect(await readEaselMetadata(bytes)).toBeUndefined();
  });
});

describe('makeThumbnail', () => {
  it('does not enlarge a small picture', async () => {
    expect(await makeThumbnail(await fourColors(40, 20).png().toBuffer())).toMatchObject({ width: 40, height: 20 });
  });

  it('shows a light neutral through transparent parts', async () => {
    const clear = sharp({
      create: { width: 32, height: 32, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } },
    });
    const { bytes } = await makeThumbnail(await clear.png().toBuffer());
    const channels = await pixelAt(bytes, 16, 16);
    expect(Math.min(...channels)).toBeGreaterThan(230);
  });
});

describe('normalizeReference', () => {
  it.each([
    ['png', 'png'],
    ['jpeg', 'jpeg'],
    ['webp', 'jpeg'],
  ] as const)('re-encodes %s as %s, upright and without any metadata', async (type, wanted) => {
    const reference = await normalizeReference(await photo(type));
    const facts = await sharp(reference.bytes).metadata();
    expect(reference).toMatchObject({ type: wanted, width: 300, height: 400 });
    expect([facts.format, facts.exif, facts.xmp, facts.icc]).toEqual([wanted, undefined, undefined, undefined]);
    expect(Buffer.from(reference.bytes).includes(secret)).toBe(false);
  });

  it('brings a large picture to 2048 px on the longest side', async () => {
    const large = sharp({ create: { width: 4100, height: 1000, channels: 3, background: '#48c' } });
    expect(await normalizeReference(await large.jpeg().toBuffer())).toMatchObject({ width: 2048, height: 499 });
  });

  it('keeps transparency', async () => {
    const clear = sharp({
      create: { width: 32, height: 32, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0.5 } },
    });
    const { bytes } = await normalizeReference(await clear.webp().toBuffer());
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png', hasAlpha: true });
  });
});
