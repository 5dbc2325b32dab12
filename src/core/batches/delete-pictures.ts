import { and, eq, inArray, isNull, or, sql } from 'drizzle-orm';
import type { Batch } from '#core/batches/find-batch.ts';
import type { Picture } from '#core/batches/find-finished.ts';
import { galleryJob } from '#core/batches/finish-images.ts';
import { releaseBlobs } from '#core/batches/released-blobs.ts';
import type { Job } from '#core/ports/queue.ts';
import { raisePictures } from '#core/postings/raise-pictures.ts';
import type { Tx } from '#db/client.ts';
import { batches, cachedResults, images } from '#db/schema/index.ts';

/** Messages wait so long for the contact sheets, so that they change once. */
const redrawnWithinMs = 2_000;

/**
 * Deletes pictures of a finished batch: their files are let go of, nobody is given them again, and the contact sheets and
 * every message that shows them follow. The rows stay, and the books are as they were. Resolves to how many there were
 * that nobody had deleted yet.
 */
export async function deletePictures(
  tx: Tx,
  batch: Pick<Batch, 'id' | 'workspaceId' | 'requestId'>,
  pictures: readonly Picture[],
): Promise<{ count: number; jobs: Job[] }> {
  await tx.execute(sql`select 1 from batches where id = ${batch.id} for update`);
  const ids = pictures.map(({ id }) => id);
  const rows = await tx
    .select()
    .from(images)
    .where(and(inArray(images.id, ids), eq(images.state, 'succeeded'), isNull(images.deletedAt)))
    .for('update');
  if (rows.length === 0) return { count: 0, jobs: [] };
  await tx
    .update(images)
    .set({ deletedAt: sql`clock_timestamp()`, original: null, thumbnail: null, partial: null })
    .where(
      inArray(
        images.id,
        rows.map(({ id }) => id),
      ),
    );
  const blobs = [...new Set(rows.flatMap(({ original, thumbnail, partial }) => [original, thumbnail, partial]))];
  const files = blobs.filter((blob) => blob !== null);
  await releaseBlobs(tx, batch.workspaceId, files);
  await tx
    .delete(cachedResults)
    .where(
      and(
        eq(cachedResults.workspaceId, batch.workspaceId),
        or(inArray(cachedResults.original, files), inArray(cachedResults.thumbnail, files)),
      ),
    );
  // Its sheets are made anew, by the same job that made them, or by the sweep where that is lost.
  await tx.update(batches).set({ galleryAt: null }).where(eq(batches.id, batch.id));
  await raisePictures(tx, batch.id, { waitMs: redrawnWithinMs });
  return { count: rows.length, jobs: [galleryJob(batch.workspaceId, batch.id, batch.requestId)] };
}
