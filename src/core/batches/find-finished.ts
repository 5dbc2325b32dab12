import { asc, eq } from 'drizzle-orm';
import type { Actor } from '#core/actor.ts';
import { type Batch, findBatch } from '#core/batches/find-batch.ts';
import { numberRuns } from '#core/batches/number-runs.ts';
import { UserError } from '#core/errors.ts';
import type { Tx } from '#db/client.ts';
import { images } from '#db/schema/index.ts';

export type Picture = typeof images.$inferSelect;

/**
 * A finished batch that the actor may see, with its pictures in order, or those with some numbers.
 * @throws {UserError} `batch.unnamed`, `batch.unknown`, `batch.unfinished`, `batch.noSuchPicture`
 */
export async function findFinished(
  tx: Tx,
  actor: Actor,
  typed: { batch: string | undefined; numbers: readonly number[] | undefined },
): Promise<{ batch: Batch; pictures: Picture[] }> {
  if (typed.batch === undefined) throw new UserError('batch.unnamed');
  const batch = await findBatch(tx, actor, typed.batch);
  if (batch.unfinished > 0) throw new UserError('batch.unfinished', { batch: batch.id });
  const rows = await listPictures(tx, batch.id);
  const { numbers } = typed;
  if (numbers === undefined) return { batch, pictures: rows };
  const lacking = numbers.filter((number) => !rows.some((row) => row.number === number));
  if (lacking.length > 0) {
    const values = { batch: batch.id, numbers: numberRuns(lacking), count: batch.total };
    throw new UserError('batch.noSuchPicture', values);
  }
  return { batch, pictures: rows.filter((row) => numbers.includes(row.number)) };
}

/** All of a batch, in the order of their numbers. */
export function listPictures(tx: Tx, batchId: string): Promise<Picture[]> {
  return tx.select().from(images).where(eq(images.batchId, batchId)).orderBy(asc(images.number));
}
