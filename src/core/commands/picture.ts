import { findFinished } from '#core/batches/find-finished.ts';
import { renderPictures, renderPromptForm } from '#core/batches/render-pictures.ts';
import { defineCommand } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';

export const picture = defineCommand({
  name: 'picture',
  role: 'guest',
  options: [
    { name: 'batch', kind: 'batch', positional: true, required: true },
    { name: 'numbers', kind: 'numbers', positional: true, required: true },
    { name: 'edit', kind: 'choice', choices: ['prompt'] },
  ],
  repeatable: true,
  run: async (tx, context, { batch: typed, numbers, edit }) => {
    const { batch, pictures } = await findFinished(tx, context.actor, { batch: typed, numbers });
    if (numbers === undefined) throw new UserError('batch.whichPictures', { batch: batch.id });
    return edit === 'prompt'
      ? renderPromptForm(context, batch, pictures)
      : renderPictures(tx, context, batch, pictures);
  },
});
