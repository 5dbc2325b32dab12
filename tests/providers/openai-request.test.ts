import { describe, expect, test } from 'vitest';
import type { ImageRequest } from '#core/ports/images.ts';
import { type OpenAiModel, openAiModels, retiredOpenAiModels } from '#providers/openai-models.ts';
import { buildOpenAiCall } from '#providers/openai-request.ts';

const request: ImageRequest = {
  operation: 'generate',
  model: 'gpt-image-2',
  prompt: 'a red fox in snow',
  size: { width: 1280, height: 720 },
  inputs: [],
};

function build(model: string, changes: Partial<ImageRequest> = {}, stream = false) {
  return buildOpenAiCall(modelOf(model), { ...request, model, ...changes }, { stream });
}

function modelOf(id: string): OpenAiModel {
  const model = [...openAiModels, ...retiredOpenAiModels].find((one) => one.id === id);
  if (!model) throw new Error(`no model ${id}`);
  return model;
}

describe('buildOpenAiCall', () => {
  test('sends the least: nothing that was not asked for', () => {
    expect(build('gpt-image-2')).toEqual({
      endpoint: 'generate',
      params: { model: 'gpt-image-2', prompt: 'a red fox in snow', n: 1, size: '1280x720', output_format: 'png' },
      size: { width: 1280, height: 720 },
      warnings: [],
    });
  });

  test('asks for a stream with two previews when previews are wanted', () => {
    expect(build('gpt-image-2', {}, true).params).toMatchObject({ stream: true, partial_images: 2 });
  });

  test.each<[string, Partial<ImageRequest>, object, string[]]>([
    ['gpt-image-2', { quality: 'high' }, { quality: 'high' }, []],
    ['gpt-image-2.6-flare', { quality: 'max' }, { quality: 'max' }, []],
    ['gpt-image-2', { quality: 'max' }, { quality: undefined }, ['quality_ignored']],
    ['gpt-image-2', { seed: 0 }, { seed: undefined }, ['seed_ignored']],
    ['gpt-image-2', { format: 'webp' }, { output_format: 'webp' }, []],
    ['gpt-image-2', { background: 'auto' }, { background: undefined }, []],
    ['gpt-image-2', { background: 'opaque' }, { background: 'opaque' }, []],
    ['gpt-image-2', { background: 'transparent' }, { background: undefined }, ['background_ignored']],
    ['gpt-image-2.5-flare', { background: 'transparent' }, { background: 'transparent' }, []],
    [
      'gpt-image-2.5-flare',
      { background: 'transparent', format: 'jpeg' },
      { background: undefined, output_format: 'jpeg' },
      ['background_ignored'],
    ],
    ['gpt-image-2', { negative: 'people' }, { prompt: 'a red fox in snow\n\nDo not show: people' }, []],
    ['gpt-image-1', {}, { size: '1536x1024' }, ['size_changed']],
    ['gpt-image-1', { size: { width: 1536, height: 1024 } }, { size: '1536x1024' }, []],
    ['gpt-image-2', { size: { width: 1001, height: 1003 } }, { size: '1008x1008' }, []],
    ['gpt-image-2', { size: { width: 4000, height: 400 } }, { size: '3840x1344' }, ['size_changed']],
  ])('for %s puts %j as %j', (model, changes, params, warnings) => {
    const call = build(model, changes);
    const plain = build(model, { size: changes.size ?? request.size }).params;
    expect(call.params).toEqual({ ...plain, ...params });
    expect(call.warnings).toEqual(warnings);
  });

  test('sends pictures to the edit endpoint, the mask apart', async () => {
    const png = new Uint8Array([1, 2, 3]);
    const call = build('gpt-image-2', {
      operation: 'edit',
      inputs: [
        { role: 'source', bytes: png, type: 'png' },
        { role: 'mask', bytes: new Uint8Array([9]), type: 'png' },
        { role: 'style', bytes: png, type: 'jpeg' },
      ],
    });
    if (call.endpoint !== 'edit') throw new Error('not an edit');
    const images = [call.params.image].flat();
    expect(images).toMatchObject([
      { name: 'picture-1.png', type: 'image/png', size: 3 },
      { name: 'picture-2.jpeg', type: 'image/jpeg', size: 3 },
    ]);
    expect(call.params.mask).toMatchObject({ name: 'mask.png', size: 1 });
  });
});
