import { recordAct } from '#core/audit/record-act.ts';
import { findBatch } from '#core/batches/find-batch.ts';
import { oweGallery } from '#core/batches/owe-gallery.ts';
import { askedPlace, isDirect, type Place } from '#core/batches/private-place.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import { type CommandContext, defineCommand } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';

export const share = defineCommand({
  name: 'share',
  role: 'guest',
  options: [{ name: 'batch', kind: 'batch', positional: true, required: true }],
  run: async (tx, context, options) => {
    if (options.batch === undefined) throw new UserError('batch.unnamed');
    const batch = await findBatch(tx, context.actor, options.batch);
    if (!batch.private) throw new UserError('share.notPrivate', { batch: batch.id });
    if (!batch.galleryAt) throw new UserError('batch.running', { batch: batch.id });
    const place = isDirect(context.call) ? askedPlace(batch) : placeHere(context);
    if (!place) throw new UserError('share.nowhere', { batch: batch.id });
    const pages = await oweGallery(tx, context.deps, batch, { ...place, again: true, shared: true });
    if (pages === 0) throw new UserError('batch.noPictures', { batch: batch.id });
    const subject = `batch:${batch.id}`;
    await recordAct(tx, context, { act: 'batch.share', subject, after: { channel: place.channelId } });
    return privateAnswer(context, {
      lines: [{ key: 'commands.share.done', values: { batch: batch.id } }],
      tone: 'success',
    });
  },
});

/** @throws {UserError} `share.cannotPost` */
function placeHere({ call, destinationId }: CommandContext): Place {
  if (call.elsewhere) throw new UserError('share.cannotPost');
  return { conversation: call.conversation, channelId: destinationId };
}
