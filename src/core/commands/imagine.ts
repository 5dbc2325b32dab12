import { askImages } from '#core/batches/ask-images.ts';
import { intakeReferences } from '#core/batches/intake-references.ts';
import { layOutCard } from '#core/batches/render-card.ts';
import { requestBatch } from '#core/batches/request-batch.ts';
import { defineCommand } from '#core/commands/define.ts';
import { applyPresets } from '#core/presets/presets.ts';
import { seedMax } from '#core/prompts/request.ts';

/** As much as a model heeds. */
export const negativeCharsMax = 1_000;

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
    { name: 'no', kind: 'text', max: negativeCharsMax },
    { name: 'repeat', kind: 'integer', min: 1, max: 50 },
    { name: 'preset', kind: 'name' },
  ],
  audience: 'channel',
  filesMax: 4,
  prepare: (context) => intakeReferences(context),
  run: async (tx, context, options, inputs) => {
    const { lines, line, said } = options.prompt ?? { lines: [], line: '', said: '' };
    const asked = await applyPresets(tx, context.actor, lines);
    const plan = { prompt: said, line, images: askImages(context, asked, inputs), inputs };
    const { batch, rows, estimate, postingId, later, jobs } = await requestBatch(tx, context, plan);
    const message = estimate.then((seen) => layOutCard(context.deps, batch, rows, seen, { live: false }));
    return { message, postingId, later, jobs };
  },
});
