import { and, desc, eq, inArray, isNull } from 'drizzle-orm';
import { type Actor, hasRole, isOwn } from '#core/actor.ts';
import { readBatchId } from '#core/batches/batch-id.ts';
import { UserError } from '#core/errors.ts';
import type { Tx } from '#db/client.ts';
import { batches } from '#db/schema/index.ts';

export type Batch = typeof batches.$inferSelect;

/**
 * A batch that the actor may see: their own, or for an admin any of the workspace that is not private.
 * @throws {UserError} `batch.unknown`, also for one that is not theirs.
 */
export async function findBatch(tx: Tx, actor: Actor, typedId: string): Promise<Batch> {
  const id = readBatchId(typedId);
  const [batch] = await tx
    .select()
    .from(batches)
    .where(and(eq(batches.workspaceId, actor.workspaceId), eq(batches.id, id)));
  const allowed = batch && (isOwn(actor, batch.personId) || (!batch.private && hasRole(actor, 'admin')));
  if (!allowed) throw new UserError('batch.unknown', { batch: typedId });
  return batch;
}

/** The person's own batches, newest first. */
export async function listBatches(
  tx: Tx,
  actor: Actor,
  options: { running: boolean; limit: number },
): Promise<Batch[]> {
  const own = and(eq(batches.workspaceId, actor.workspaceId), inArray(batches.personId, [...actor.personIds]));
  return tx
    .select()
    .from(batches)
    .where(options.running ? and(own, isNull(batches.finishedAt)) : own)
    .orderBy(desc(batches.createdAt), desc(batches.id))
    .limit(options.limit);
}
