import { expect, test } from 'vitest';
import type { ImageProvider, ImageRequest } from '#core/ports/images.ts';
import { createProviders, readProviders } from '#providers/index.ts';
import { describeImageProvider } from '#tests/contracts/image-provider.ts';
import { paint } from '#tests/servers/openai-pictures.ts';

function createSketch(): ImageProvider {
  const [provider] = createProviders(readProviders({}).configs, { fetch });
  if (!provider) throw new Error('sketch is always on');
  return provider;
}

describeImageProvider('sketch', async () => ({ provider: createSketch() }));

const request: ImageRequest = {
  operation: 'generate',
  model: 'sketch',
  prompt: 'a red fox in snow',
  size: { width: 256, height: 256 },
  inputs: [],
};

async function draw(changes: Partial<ImageRequest>, key = 'k') {
  const signal = new AbortController().signal;
  return await createSketch().generate({ ...request, ...changes }, { signal, key, saveHandle: async () => undefined });
}

test('says that it is a placeholder', () => {
  expect(createSketch().placeholder).toBe(true);
});

test('draws a repeated try alike, byte for byte, and tells the seed that does it again', async () => {
  const first = await draw({});
  const again = await draw({});
  expect(Buffer.from(again.bytes).equals(first.bytes)).toBe(true);
  expect(first.seed).toBeGreaterThanOrEqual(0);
  const bySeed = await draw({ ...(first.seed === undefined ? {} : { seed: first.seed }) }, 'another key');
  expect(Buffer.from(bySeed.bytes).equals(first.bytes)).toBe(true);
});

test('lets a reference change the picture', async () => {
  const bytes = await paint({ seed: 'reference', width: 128, height: 128, format: 'png' });
  const inputs = [{ role: 'reference' as const, bytes, type: 'png' as const }];
  const [plain, guided] = [await draw({ seed: 1 }), await draw({ seed: 1, inputs })];
  expect(Buffer.from(guided.bytes).equals(plain.bytes)).toBe(false);
});

test('refuses more references than it takes', async () => {
  const bytes = await paint({ seed: 'reference', width: 64, height: 64, format: 'png' });
  const inputs = Array.from({ length: 5 }, () => ({ role: 'reference' as const, bytes, type: 'png' as const }));
  await expect(draw({ inputs })).rejects.toMatchObject({ reason: 'bad_request', retryable: false });
});

test('refuses a reference that cannot be read, for good', async () => {
  const inputs = [{ role: 'reference' as const, bytes: Buffer.from('no picture'), type: 'png' as const }];
  await expect(draw({ inputs })).rejects.toMatchObject({ reason: 'bad_request', retryable: false });
});

test('warns of what a drawing does not have', async () => {
  const { type, warnings } = await draw({ quality: 'high', background: 'transparent', format: 'jpeg' });
  expect(type).toBe('png');
  expect(warnings).toEqual(['quality_ignored', 'background_ignored', 'format_changed']);
});
