import { asc, eq, inArray } from 'drizzle-orm';
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

/** Whether a picture came and was not deleted. */
export function isThere({ state, deletedAt }: Pick<Picture, 'state' | 'deletedAt'>): boolean {
  return state === 'succeeded' && deletedAt === null;
}

/**
 * Why a batch has nothing to give: its pictures were deleted, or none came.
 * @throws {UserError} `batch.allDeleted`, `batch.noPictures`
 */
export function requireSome(batch: Pick<Batch, 'id'>, pictures: readonly Picture[]): void {
  if (pictures.some(isThere)) return;
  const code = pictures.some(({ deletedAt }) => deletedAt !== null) ? 'batch.allDeleted' : 'batch.noPictures';
  throw new UserError(code, { batch: batch.id });
}

/** Pictures as they are now; none of their files is deleted before the transaction has ended. */
export async function holdPictures(tx: Tx, pictures: readonly Picture[]): Promise<Picture[]> {
  const ids = pictures.map(({ id }) => id);
  return tx.select().from(images).where(inArray(images.id, ids)).orderBy(asc(images.number)).for('share');
}

/**
 * A picture's file.
 * @throws {UserError} `batch.noPicture`, `batch.pictureDeleted`
 */
export function fileOf({ batchId, number, original, type, deletedAt }: Picture): {
  blob: string;
  type: NonNullable<Picture['type']>;
} {
  const values = { batch: batchId, picture: number };
  if (deletedAt !== null) throw new UserError('batch.pictureDeleted', values);
  if (!original || !type) throw new UserError('batch.noPicture', values);
  return { blob: original, type };
}

/** All of a batch, in the order of their numbers. */
export function listPictures(tx: Tx, batchId: string): Promise<Picture[]> {
  return tx.select().from(images).where(eq(images.batchId, batchId)).orderBy(asc(images.number));
}
