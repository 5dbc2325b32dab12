import { and, eq, isNotNull, isNull, lt, sql } from 'drizzle-orm';
import { dispatchNext, generateJob } from '#core/batches/dispatch-next.ts';
import { forgetExpiredLinks } from '#core/batches/download-links.ts';
import { deleteExpiredDrafts } from '#core/batches/drafts.ts';
import { galleryJob } from '#core/batches/finish-images.ts';
import { removeAllReleased } from '#core/batches/released-blobs.ts';
import { evictResults } from '#core/batches/result-cache.ts';
import type { Deps } from '#core/deps.ts';
import { forgetExpiredFileLinks } from '#core/files/file-links.ts';
import { forgetExpiredCodes } from '#core/people/link-codes.ts';
import { rerouteGone } from '#core/postings/reroute.ts';
import { sendNotices } from '#core/postings/send-notices.ts';
import { forgetOldDeliveries } from '#core/waiting/waiting-deliveries.ts';
import { acrossWorkspaces, type Tx } from '#db/client.ts';
import { batches, images } from '#db/schema/index.ts';

export const sweepEveryMs = 5_000;
/** Younger gaps are steps under way, not gaps. */
const gapSeconds = 3;
const rowsMax = 500;
/** A repeated delivery comes within hours, not days. */
const callsKeptDays = 7;

/** A page that still shows an older card may ask for its previews. */
const previewsKeptSeconds = 60;

/**
 * Closes every gap between two steps that a death anywhere can leave: dispatched images without a job, finished
 * batches without a gallery, messages owed to a channel that is gone, room that nobody filled; forgets previews, drafts and links that have had their
 * time, and files that nothing needs any more. One process at a time; others pass.
 */
export async function sweep(
  deps: Pick<Deps, 'db' | 'log' | 'queue' | 'providers' | 'blobs' | 'platforms' | 'sheets' | 'now'>,
): Promise<void> {
  const found = await acrossWorkspaces(deps.db, async (tx) => {
    const [lock] = await tx.execute<{ free: boolean }>(sql`select pg_try_advisory_xact_lock(4337502) as free`);
    if (!lock?.free) return undefined;
    await tx.execute(sql`delete from workers where seen_at < now() - interval '1 hour'`);
    await tx.execute(sql`delete from calls where created_at < now() - make_interval(days => ${callsKeptDays})`);
    await deleteExpiredDrafts(tx, deps.now());
    await forgetExpiredLinks(tx, deps);
    await forgetExpiredFileLinks(tx, deps);
    await forgetExpiredCodes(tx, deps);
    await forgetOldDeliveries(tx);
    await evictResults(tx);
    return {
      dispatched: await findDispatched(tx),
      withoutGallery: await findWithoutGallery(tx),
      previews: await forgetPreviews(tx),
    };
  });
  if (!found) return;
  await Promise.all(found.previews.map((preview) => deps.blobs.delete(preview)));
  await removeAllReleased(deps);
  const jobs = [
    ...found.dispatched.map((image) => generateJob(image.providerId, { ...image, imageId: String(image.imageId) })),
    ...found.withoutGallery.map((batch) => galleryJob(batch.workspaceId, batch.id, batch.requestId)),
  ];
  const missing = await deps.queue.missing(jobs);
  if (missing.length > 0) deps.log.info({ jobs: missing.length }, 'found rows whose job was lost');
  await deps.queue.enqueue(missing);
  await rerouteGone(deps);
  await sendNotices(deps);
  for (const provider of deps.providers) await dispatchNext(deps, provider.id);
}

function findDispatched(tx: Tx) {
  return tx
    .select({
      imageId: images.id,
      providerId: images.providerId,
      workspaceId: images.workspaceId,
      requestId: batches.requestId,
    })
    .from(images)
    .innerJoin(batches, eq(batches.id, images.batchId))
    .where(
      and(eq(images.state, 'dispatched'), lt(images.dispatchedAt, sql`now() - make_interval(secs => ${gapSeconds})`)),
    )
    .limit(rowsMax);
}

function findWithoutGallery(tx: Tx) {
  return tx
    .select({ id: batches.id, workspaceId: batches.workspaceId, requestId: batches.requestId })
    .from(batches)
    .where(
      and(
        isNotNull(batches.finishedAt),
        isNull(batches.galleryAt),
        lt(batches.finishedAt, sql`now() - make_interval(secs => ${gapSeconds})`),
      ),
    )
    .limit(rowsMax);
}

async function forgetPreviews(tx: Tx): Promise<string[]> {
  const rows = await tx.execute<{ preview: string }>(sql`
    update images set partial = null from (
      select id, partial from images where partial is not null
        and finished_at < now() - make_interval(secs => ${previewsKeptSeconds}) limit ${rowsMax}) old
    where images.id = old.id returning old.partial as preview`);
  return rows.map((row) => row.preview);
}
