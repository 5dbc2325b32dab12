import { isOwn } from '#core/actor.ts';
import { findBatch } from '#core/batches/find-batch.ts';
import { findFinished, requireSome } from '#core/batches/find-finished.ts';
import { oweGallery } from '#core/batches/owe-gallery.ts';
import { isDirect, placeToShow } from '#core/batches/private-place.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import { defineCommand } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';

export const show = defineCommand({
  name: 'show',
  role: 'guest',
  options: [
    { name: 'batch', kind: 'batch', positional: true, required: true },
    { name: 'numbers', kind: 'numbers', positional: true },
    { name: 'as', kind: 'choice', choices: ['pictures', 'files'] },
  ],
  run: async (tx, context, options) => {
    const { numbers } = options;
    if (options.batch === undefined) throw new UserError('batch.unnamed');
    const batch = await findBatch(tx, context.actor, options.batch);
    if (!batch.galleryAt)
      throw new UserError(batch.finishedAt ? 'batch.preparing' : 'batch.running', { batch: batch.id });
    const { pictures } = await findFinished(tx, context.actor, { batch: batch.id, numbers });
    requireSome(batch, pictures);
    const place = placeToShow(context, batch);
    const pages = await oweGallery(tx, context.deps, batch, {
      ...place,
      as: options.as ?? 'pictures',
      numbers,
      again: true,
      alone: isDirect(context.call) && isOwn(context.actor, batch.personId),
    });
    if (pages === 0) throw new UserError('batch.noPictures', { batch: batch.id });
    const isHere = place.channelId === context.destinationId;
    const key = isHere ? 'commands.show.done' : 'commands.show.direct';
    return privateAnswer(context, { lines: [{ key, values: { batch: batch.id } }] });
  },
});
