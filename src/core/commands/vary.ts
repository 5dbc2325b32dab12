import { beforeUpscale } from '#core/batches/ask-upscaled.ts';
import { fileOf, findFinished, holdPictures } from '#core/batches/find-finished.ts';
import { findPlaceAgain } from '#core/batches/private-place.ts';
import { defineCommand } from '#core/commands/define.ts';
import { promptCharsMax } from '#core/commands/imagine.ts';
import { makeAgain } from '#core/commands/make-again.ts';
import { withPrompt } from '#core/commands/rerun.ts';
import { UserError } from '#core/errors.ts';

export const vary = defineCommand({
  name: 'vary',
  role: 'guest',
  options: [
    { name: 'batch', kind: 'batch', positional: true, required: true },
    { name: 'picture', kind: 'integer', min: 1, max: 500, positional: true, required: true },
    { name: 'n', kind: 'integer', min: 1, max: 50 },
    { name: 'prompt', kind: 'text', max: promptCharsMax },
  ],
  audience: 'channel',
  prepare: (context, { batch }) => findPlaceAgain(context, batch),
  run: async (tx, context, { batch: typed, picture: number, prompt, n = 1 }, place) => {
    const numbers = number === undefined ? [] : [number];
    const { batch, pictures } = await findFinished(tx, context.actor, { batch: typed, numbers });
    if (number === undefined) throw new UserError('batch.whichPicture');
    const [asked] = await holdPictures(tx, pictures);
    if (!asked) throw new UserError('batch.noPicture', { batch: batch.id, picture: number });
    const file = fileOf(asked);
    const [picture = asked] = withPrompt([beforeUpscale(asked)], prompt);
    const { source } = asked;
    const start = { ...(source ? { blob: source.blob, type: source.type } : file), role: 'reference' } as const;
    const from = { batch: { ...batch, inputs: [start] }, pictures: Array.from({ length: n }, () => picture) };
    return makeAgain(tx, context, from, 'new', place);
  },
});
