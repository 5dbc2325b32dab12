import { findBatch, listBatches } from '#core/batches/find-batch.ts';
import { listOwnEverywhere } from '#core/batches/find-own-elsewhere.ts';
import { renderCard } from '#core/batches/render-card.ts';
import { shorten } from '#core/batches/shorten.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import { defineCommand } from '#core/commands/define.ts';

const listedMax = 10;
const listedPromptCharsMax = 60;

export const status = defineCommand({
  name: 'status',
  role: 'guest',
  options: [{ name: 'batch', kind: 'batch', positional: true }],
  repeatable: true,
  run: async (tx, context, options) => {
    if (options.batch !== undefined) {
      const batch = await findBatch(tx, context.actor, options.batch);
      const card = await renderCard(tx, context.deps, batch, { showing: false, offerPictures: true });
      return { message: { ...card, ...context.reader, audience: 'private' } };
    }
    const found = context.call.channel.direct
      ? await listOwnEverywhere(tx, context.actor, listedMax)
      : await listBatches(tx, context.actor, { running: false, limit: listedMax });
    if (found.length === 0) return privateAnswer(context, { lines: [{ key: 'commands.status.none' }] });
    return privateAnswer(context, {
      title: { key: 'commands.status.title' },
      lines: found.map((batch) => ({
        key:
          batch.unfinished > 0
            ? 'commands.status.running'
            : batch.cancelledAt
              ? 'commands.status.cancelled'
              : 'commands.status.finished',
        values: {
          batch: batch.id,
          done: batch.total - batch.unfinished,
          total: batch.total,
          prompt: shorten(batch.prompt.replaceAll('\n', ' / '), listedPromptCharsMax),
        },
      })),
    });
  },
});
