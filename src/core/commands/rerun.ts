import { findFinished } from '#core/batches/find-finished.ts';
import { defineCommand } from '#core/commands/define.ts';
import { makeAgain } from '#core/commands/make-again.ts';

export const rerun = defineCommand({
  name: 'rerun',
  role: 'guest',
  options: [
    { name: 'batch', kind: 'batch', positional: true, required: true },
    { name: 'numbers', kind: 'numbers', positional: true },
    { name: 'seed', kind: 'choice', choices: ['same', 'new'] },
  ],
  audience: 'channel',
  run: async (tx, context, { batch, numbers, seed = 'new' }) =>
    makeAgain(tx, context, await findFinished(tx, context.actor, { batch, numbers }), seed),
});
