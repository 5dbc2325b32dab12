import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inspectImage, sniffImageType } from '#media/inspect-image.ts';
import { MediaError } from '#media/media-error.ts';
import { fourColors } from '#tests/media/pictures.ts';
import { boundMemory, count, share } from './fuzz.ts';

boundMemory();
const heads = [
  '\x89PNG\r\n\x1a\n',
  '\xff\xd8\xff\xe0',
  'RIFF\x10\0\0\0WEBPVP8 ',
  '<svg ',
  'GIF89a',
  '\0\0\0\x18ftypavif',
];

const runs = share(0.1);
test(
  'fuzzed headers of pictures are inspected or refused, and never make anything large',
  async () => {
    const whole = await Promise.all([
      fourColors(20, 20).png().toBuffer(),
      fourColors(20, 20).jpeg().toBuffer(),
      fourColors(20, 20).webp().toBuffer(),
    ]);
    const changed = fc
      .tuple(fc.constantFrom(...whole), fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 12 }), fc.nat(2000))
      .map(([picture, changes, length]) => {
        const bytes = Buffer.from(picture.subarray(0, Math.max(8, length)));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        return bytes;
      });
    const made = fc
      .tuple(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 300 }))
      .map(([head, rest]) => Buffer.concat([Buffer.from(head, 'latin1'), rest]));
    await fc.assert(
      fc.asyncProperty(fc.oneof(changed, made), async (bytes) => {
        count();
        try {
          sniffImageType(bytes);
          const { width, height } = await inspectImage(bytes);
          expect(width * height).toBeGreaterThan(0);
        } catch (error) {
          if (!(error instanceof MediaError)) throw error;
        }
      }),
      runs,
    );
  },
  runs.timeoutMs * 4,
);
