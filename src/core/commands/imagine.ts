import { askImages } from '#core/batches/ask-images.ts';
import { intakeReferences } from '#core/batches/intake-references.ts';
import { placeIfPrivate } from '#core/batches/private-place.ts';
import { takeBatch } from '#core/batches/take-batch.ts';
import { defineCommand } from '#core/commands/define.ts';
import { applyPresets } from '#core/presets/presets.ts';
import { seedMax } from '#core/prompts/request.ts';

/** As much as a model heeds. */
export const negativeCharsMax = 1_000;
export const styleCharsMax = 200;
/** Of one prompt; models take as much or less, and say so. */
export const promptCharsMax = 4_000;

export const imagine = defineCommand({
  name: 'imagine',
  role: 'guest',
  options: [
    { name: 'prompt', kind: 'prompts', positional: true, required: true },
    { name: 'n', kind: 'integer', min: 1, max: 50 },
    { name: 'ar', kind: 'ratio' },
    { name: 'seed', kind: 'integer', min: 0, max: seedMax },
    { name: 'model', kind: 'model' },
    { name: 'quality', kind: 'quality' },
    { name: 'style', kind: 'text', max: styleCharsMax },
    { name: 'no', kind: 'text', max: negativeCharsMax },
    { name: 'enhance', kind: 'switch' },
    { name: 'repeat', kind: 'integer', min: 1, max: 50 },
    { name: 'preset', kind: 'name' },
    { name: 'draft', kind: 'switch' },
    { name: 'private', kind: 'switch' },
  ],
  audience: 'channel',
  filesMax: 4,
  prepare: async (context, { prompt }) => ({
    place: await placeIfPrivate(context, prompt?.lines.map((line) => line.private) ?? []),
    ...(await intakeReferences(context)),
  }),
  run: async (tx, context, options, { place, inputs, originId }) => {
    const { lines, line, said } = options.prompt ?? { lines: [], line: '', said: '' };
    const asked = await applyPresets(tx, context.actor, lines);
    const from = originId === undefined ? {} : { originId };
    const images = askImages(context, asked, inputs).map((image) => ({ ...image, ...from }));
    const plan = { prompt: said, line, images, inputs, private: place };
    return takeBatch(tx, context, plan, { draft: lines.find(({ draft }) => draft !== undefined)?.draft });
  },
});
