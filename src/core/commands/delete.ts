import { recordAct } from '#core/audit/record-act.ts';
import { deletePictures } from '#core/batches/delete-pictures.ts';
import { findFinished, isThere } from '#core/batches/find-finished.ts';
import { numberRuns, typedNumbers } from '#core/batches/number-runs.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import { type CommandContext, defineCommand } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import { actionIdBytesMax, type OutgoingAction } from '#core/ports/message.ts';

export const deletePicture = defineCommand({
  name: 'delete',
  role: 'guest',
  options: [
    { name: 'batch', kind: 'batch', positional: true, required: true },
    { name: 'numbers', kind: 'numbers', positional: true },
    { name: 'sure', kind: 'switch' },
  ],
  run: async (tx, context, { batch: typed, numbers, sure }) => {
    const { batch, pictures } = await findFinished(tx, context.actor, { batch: typed, numbers });
    const there = pictures.filter(isThere);
    if (there.length === 0) {
      const isDeleted = pictures.some(({ deletedAt }) => deletedAt !== null);
      throw new UserError(isDeleted ? 'batch.alreadyDeleted' : 'batch.nothingToDelete', { batch: batch.id });
    }
    const going = there.map(({ number }) => number);
    if (!sure) return ask(context, batch.id, going, numbers === undefined);
    const values = { count: there.length, batch: batch.id, numbers: { list: numberRuns(going) } };
    const { count, jobs } = await deletePictures(tx, batch, there);
    if (count === 0) throw new UserError('batch.alreadyDeleted', { batch: batch.id });
    const act = { act: 'pictures.delete', subject: `batch:${batch.id}`, after: { count, numbers: going } };
    await recordAct(tx, context, act);
    return {
      ...privateAnswer(context, {
        lines: [
          { key: 'commands.delete.done', values },
          { key: 'commands.delete.follow', values },
        ],
        tone: 'success',
      }),
      jobs,
    };
  },
});

/** What would go, and how to say that it is to. Nothing of it is kept: what is confirmed is looked at anew. */
function ask(context: CommandContext, batch: string, going: readonly number[], isAll: boolean) {
  const values = { count: going.length, batch, numbers: { list: numberRuns(going) } };
  const typed = isAll ? [] : [typedNumbers(going)];
  const id = ['delete', batch, ...typed, '--sure on'].join(' ');
  const button: OutgoingAction = { id, label: { key: 'action.delete' }, style: 'danger' };
  return privateAnswer(context, {
    title: { key: 'commands.delete.ask', values },
    lines: [
      { key: 'commands.delete.goes', values },
      { key: 'commands.delete.confirm', values: { line: `/${id}` } },
    ],
    tone: 'warning',
    actions: Buffer.byteLength(id) <= actionIdBytesMax ? [button] : [],
  });
}
