import { appealBlocked } from '#core/batches/appeal-blocked.ts';
import { findFinished } from '#core/batches/find-finished.ts';
import { numberRuns, typedNumbers } from '#core/batches/number-runs.ts';
import { findPlaceAgain } from '#core/batches/private-place.ts';
import { defineCommand } from '#core/commands/define.ts';
import { makeAgain } from '#core/commands/make-again.ts';
import { UserError } from '#core/errors.ts';

export const retry = defineCommand({
  name: 'retry',
  role: 'guest',
  options: [
    { name: 'batch', kind: 'batch', positional: true, required: true },
    { name: 'numbers', kind: 'numbers', positional: true },
    { name: 'ask', kind: 'switch' },
  ],
  audience: 'channel',
  prepare: (context, { batch }) => findPlaceAgain(context, batch),
  run: async (tx, context, options, place) => {
    const { batch, pictures } = await findFinished(tx, context.actor, {
      batch: options.batch,
      numbers: options.numbers,
    });
    if (options.ask) return appealBlocked(tx, context, { batch, pictures, numbers: options.numbers }, place);
    const came = pictures.filter(({ state }) => state === 'succeeded').map(({ number }) => number);
    const lacking = pictures.filter(({ state }) => state !== 'succeeded');
    if (options.numbers !== undefined && came.length > 0) {
      throw new UserError('batch.pictureCame', {
        batch: batch.id,
        numbers: numberRuns(came),
        typed: typedNumbers(came),
        count: came.length,
      });
    }
    if (lacking.length === 0) throw new UserError('batch.allCame', { batch: batch.id });
    return makeAgain(tx, context, { batch, pictures: lacking }, 'kept', place);
  },
});
