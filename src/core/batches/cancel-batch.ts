import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { Actor } from '#core/actor.ts';
import { type Batch, findBatch } from '#core/batches/find-batch.ts';
import { finishImages } from '#core/batches/finish-images.ts';
import { UserError } from '#core/errors.ts';
import type { Job } from '#core/ports/queue.ts';
import type { Tx } from '#db/client.ts';
import { batches, images } from '#db/schema/index.ts';

/**
 * Ends what of a batch has not ended, and returns its credits: waiting images never start, running calls are given up.
 * @throws {UserError} `batch.unknown`, `batch.finished`
 */
export async function cancelBatch(
  tx: Tx,
  actor: Actor,
  typedId: string,
): Promise<{ batch: Batch; count: number; credits: number; jobs: Job[] }> {
  const batch = await findBatch(tx, actor, typedId);
  const open = await tx
    .select({
      id: images.id,
      state: images.state,
      credits: images.credits,
      providerId: images.providerId,
      personId: images.personId,
    })
    .from(images)
    .where(and(eq(images.batchId, batch.id), inArray(images.state, ['queued', 'dispatched'])))
    .orderBy(images.id)
    .for('update');
  if (open.length === 0) throw new UserError('batch.finished', { batch: batch.id });
  await tx
    .update(batches)
    .set({ cancelledAt: sql`now()` })
    .where(and(eq(batches.id, batch.id), isNull(batches.cancelledAt)));
  const idsOf = (state: string) => open.filter((image) => image.state === state).map((image) => image.id);
  const waiting = await finishImages(tx, { ids: idsOf('queued'), from: 'queued', to: 'cancelled' });
  const running = await finishImages(tx, { ids: idsOf('dispatched'), from: 'dispatched', to: 'cancelled' });
  // After the person's day, which a request locks before the lanes: the other way round the two wait for each other.
  const queued = open.filter((image) => image.state === 'queued');
  for (const providerId of [...new Set(queued.map((image) => image.providerId))].sort()) {
    const count = queued.filter((image) => image.providerId === providerId).length;
    await tx.execute(sql`
      update workspace_lanes set waiting = greatest(0, waiting - ${count})
      where provider_id = ${providerId} and workspace_id = ${batch.workspaceId}`);
    await tx.execute(sql`
      update person_lanes set waiting = greatest(0, waiting - ${count})
      where provider_id = ${providerId} and workspace_id = ${batch.workspaceId} and person_id = ${batch.personId}`);
  }
  await tx.execute(sql`select pg_notify('easel_cancelled', ${batch.id})`);
  const room = [...new Set(open.map((image) => image.providerId))].map(
    (providerId): Job => ({ name: 'dispatch-next', data: { providerId, requestId: batch.requestId } }),
  );
  return {
    batch,
    count: waiting.count + running.count,
    credits: open.reduce((sum, image) => sum + image.credits, 0),
    jobs: [...waiting.jobs, ...running.jobs, ...room],
  };
}
