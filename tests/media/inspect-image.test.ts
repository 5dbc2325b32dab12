import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '#media/decode-image.ts';
import { inspectImage } from '#media/inspect-image.ts';
import { inputPixelsMax } from '#media/sharp.ts';
import { claimSize, fourColors, noise } from '#tests/media/pictures.ts';

const svg =
  '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&x;</text></svg>';

describe('inspectImage', () => {
  it.each(['png', 'jpeg', 'webp'] as const)('reads type and size of %s', async (type) => {
    const bytes = await fourColors(40, 30).toFormat(type).toBuffer();
    expect(await inspectImage(bytes)).toEqual({ type, width: 40, height: 30, hasAlpha: false });
  });

  it('reports the upright size of a turned photo', async () => {
    const bytes = await fourColors(40, 30).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    expect(await inspectImage(bytes)).toMatchObject({ width: 30, height: 40 });
  });

  it.each([
    ['an SVG with an external entity', Buffer.from(svg)],
    ['a PDF', Buffer.from('%PDF-1.7\n1 0 obj')],
    ['a HEIC photo', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1')],
    ['a TIFF', Buffer.from('II*\0\x08\0\0\0', 'latin1')],
  ])('refuses %s as an unsupported type', async (_, bytes) => {
    await expect(inspectImage(bytes)).rejects.toMatchObject({ reason: 'unsupported_type' });
  });

  it('refuses a GIF and an animated WebP as an unsupported type', async () => {
    const frame = (background: string) =>
      sharp({ create: { width: 16, height: 16, channels: 3, background } })
        .png()
        .toBuffer();
    const frames = [await frame('#f00'), await frame('#00f')];
    const gif = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    const webp = await sharp(frames, { join: { animated: true } })
      .webp()
      .toBuffer();
    expect((await sharp(webp).metadata()).pages).toBe(2);
    await expect(inspectImage(gif)).rejects.toMatchObject({ reason: 'unsupported_type' });
    await expect(inspectImage(webp)).rejects.toMatchObject({ reason: 'unsupported_type' });
  });

  it.each([
    ['a text file', Buffer.from('just words, no picture')],
    ['a zip', Buffer.from('PK\x03\x04\x14\0\0\0', 'latin1')],
    ['gzipped zeros', gzipSync(Buffer.alloc(5_000_000))],
    ['nothing', Buffer.alloc(0)],
  ])('refuses %s as not an image', async (_, bytes) => {
    await expect(inspectImage(bytes)).rejects.toMatchObject({ reason: 'not_an_image' });
  });

  it('refuses a picture over the pixel limit from its header, without taking memory', async () => {
    const bomb = await claimSize(50_000, 50_000);
    const before = process.memoryUsage().rss;
    await expect(inspectImage(bomb)).rejects.toMatchObject({ reason: 'too_many_pixels' });
    await expect(decodeImage(bomb)).rejects.toMatchObject({ reason: 'too_many_pixels' });
    expect(process.memoryUsage().rss - before).toBeLessThan(1_000_000_000);
  });

  it('draws the line exactly at the pixel limit', async () => {
    const width = inputPixelsMax / 5000;
    expect(await inspectImage(await claimSize(width, 5000))).toMatchObject({ width });
    await expect(inspectImage(await claimSize(width + 1, 5000))).rejects.toMatchObject({ reason: 'too_many_pixels' });
  });

  it('calls a picture with a broken header damaged', async () => {
    const bytes = await fourColors(40, 30).png().toBuffer();
    await expect(inspectImage(bytes.subarray(0, 20))).rejects.toMatchObject({ reason: 'damaged' });
  });
});

describe('decodeImage', () => {
  it.each(['png', 'jpeg', 'webp'] as const)('calls a %s that is cut off damaged', async (type) => {
    const bytes = await noise(200, 200).toFormat(type).toBuffer();
    const cut = bytes.subarray(0, Math.floor(bytes.length / 2));
    await expect(decodeImage(cut)).rejects.toMatchObject({ reason: 'damaged' });
  });

  it.each([
    ['grey', 3, () => fourColors(16, 16).toColourspace('b-w').png()],
    ['grey with transparency', 4, () => fourColors(16, 16).toColourspace('b-w').ensureAlpha(0.5).png()],
    ['16 bit', 3, () => fourColors(16, 16).toColourspace('rgb16').png()],
    ['CMYK', 3, () => fourColors(16, 16).toColourspace('cmyk').jpeg()],
  ] as const)('turns %s pixels into 8-bit sRGB', async (_, channels, make) => {
    const { pixels } = await decodeImage(await make().toBuffer());
    expect(pixels.channels).toBe(channels);
    expect(pixels.data.byteLength).toBe(16 * 16 * channels);
  });
});
