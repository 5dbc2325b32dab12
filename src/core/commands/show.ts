import { findBatch } from '#core/batches/find-batch.ts';
import { oweGallery } from '#core/batches/owe-gallery.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import { defineCommand } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';

export const show = defineCommand({
  name: 'show',
  role: 'guest',
  options: [
    { name: 'batch', kind: 'batch', positional: true, required: true },
    { name: 'as', kind: 'choice', choices: ['pictures', 'files'] },
  ],
  run: async (tx, context, options) => {
    if (options.batch === undefined) throw new UserError('batch.unnamed');
    const batch = await findBatch(tx, context.actor, options.batch);
    if (!batch.galleryAt) throw new UserError('batch.running', { batch: batch.id });
    const { conversation } = context.call;
    const channelId = context.destinationId;
    const pages = await oweGallery(tx, context.deps, batch, {
      conversation,
      channelId,
      as: options.as ?? 'pictures',
      again: true,
    });
    if (pages === 0) throw new UserError('batch.noPictures', { batch: batch.id });
    return privateAnswer(context, { lines: [{ key: 'commands.show.done', values: { batch: batch.id } }] });
  },
});
