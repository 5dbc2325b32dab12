import { findFinished, type Picture } from '#core/batches/find-finished.ts';
import { findPlaceAgain } from '#core/batches/private-place.ts';
import { defineCommand } from '#core/commands/define.ts';
import { promptCharsMax } from '#core/commands/imagine.ts';
import { makeAgain } from '#core/commands/make-again.ts';
import { UserError } from '#core/errors.ts';

export const rerun = defineCommand({
  name: 'rerun',
  role: 'guest',
  options: [
    { name: 'batch', kind: 'batch', positional: true, required: true },
    { name: 'numbers', kind: 'numbers', positional: true },
    { name: 'seed', kind: 'choice', choices: ['same', 'new'] },
    { name: 'prompt', kind: 'text', max: promptCharsMax },
  ],
  audience: 'channel',
  prepare: (context, { batch }) => findPlaceAgain(context, batch),
  run: async (tx, context, { batch: typed, numbers, prompt, seed = 'new' }, place) => {
    const { batch, pictures } = await findFinished(tx, context.actor, { batch: typed, numbers });
    const enlarged = pictures.find(({ source }) => source !== null);
    if (enlarged && prompt !== undefined)
      throw new UserError('upscale.noWords', { batch: batch.id, picture: enlarged.number });
    return makeAgain(tx, context, { batch, pictures: withPrompt(pictures, prompt) }, seed, place);
  },
});

/** With other words, where there are any; they are written out anew. */
export function withPrompt(pictures: readonly Picture[], prompt: string | undefined): Picture[] {
  if (prompt === undefined) return [...pictures];
  return pictures.map((picture) => ({ ...picture, prompt, ownStyle: false, enhanced: null }));
}
