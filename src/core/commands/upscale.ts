import { planAgain } from '#core/batches/ask-again.ts';
import { askUpscaled, upscaleSource } from '#core/batches/ask-upscaled.ts';
import { fileOf, findFinished, holdPictures } from '#core/batches/find-finished.ts';
import { numberRuns } from '#core/batches/number-runs.ts';
import { findPlaceAgain } from '#core/batches/private-place.ts';
import { takeBatch } from '#core/batches/take-batch.ts';
import { defineCommand } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';

export const upscale = defineCommand({
  name: 'upscale',
  role: 'guest',
  options: [
    { name: 'batch', kind: 'batch', positional: true, required: true },
    { name: 'numbers', kind: 'numbers', positional: true },
    { name: 'factor', kind: 'choice', choices: ['2', '4'] },
  ],
  audience: 'channel',
  prepare: (context, { batch }) => findPlaceAgain(context, batch),
  run: async (tx, context, { batch: typed, numbers, factor = '2' }, place) => {
    const { batch, pictures } = await findFinished(tx, context.actor, { batch: typed, numbers });
    const held = await holdPictures(tx, pictures);
    if (numbers !== undefined) held.filter(({ deletedAt }) => deletedAt !== null).forEach(fileOf);
    const enlarged = held.flatMap((picture) => {
      const source = upscaleSource(picture, Number(factor));
      return source ? [{ ...picture, source }] : [];
    });
    if (numbers !== undefined && enlarged.length < pictures.length) {
      const lacking = pictures.filter(({ original }) => original === null).map(({ number }) => number);
      throw new UserError('upscale.notThere', { batch: batch.id, numbers: numberRuns(lacking), count: lacking.length });
    }
    if (enlarged.length === 0) throw new UserError('upscale.nothing', { batch: batch.id });
    const plan = planAgain(askUpscaled(context.deps, enlarged), []);
    return takeBatch(tx, context, { ...plan, private: place });
  },
});
