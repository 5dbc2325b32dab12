import { cancelBatch } from '#core/batches/cancel-batch.ts';
import { listBatches } from '#core/batches/find-batch.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import { defineCommand } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';

export const cancel = defineCommand({
  name: 'cancel',
  role: 'guest',
  options: [{ name: 'batch', kind: 'batch', positional: true }],
  run: async (tx, context, options) => {
    const typed = options.batch ?? (await listBatches(tx, context.actor, { running: true, limit: 1 }))[0]?.id;
    if (typed === undefined) throw new UserError('batch.noneRunning');
    const { batch, count, credits, jobs } = await cancelBatch(tx, context.actor, typed);
    const lines = [{ key: 'commands.cancel.done', values: { count, batch: batch.id, credits } } as const];
    return { ...privateAnswer(context, { lines, tone: 'success' }), jobs };
  },
});
