import { and, eq, sql } from 'drizzle-orm';
import type { Batch } from '#core/batches/find-batch.ts';
import { oweGallery } from '#core/batches/owe-gallery.ts';
import { holdBlobs, releaseBlobs, removeReleased } from '#core/batches/released-blobs.ts';
import { findImages, type ImageRow } from '#core/batches/render-card.ts';
import { sheetTilesMax, tileSize, tileState } from '#core/batches/sheet-tiles.ts';
import type { Deps } from '#core/deps.ts';
import { BlobMissingError } from '#core/ports/blobs.ts';
import type { Jobs } from '#core/ports/queue.ts';
import { raiseCard } from '#core/postings/raise-card.ts';
import { raisePictures } from '#core/postings/raise-pictures.ts';
import { blurredKey } from '#core/safety/blurred-blobs.ts';
import { findShowing, isOpen, type Showing, worstOf } from '#core/safety/showing.ts';
import { inWorkspace, type Tx } from '#db/client.ts';
import { batches, postings } from '#db/schema/index.ts';
import { composeContactSheet } from '#media/gallery.ts';

/**
 * Makes a finished batch's contact sheets, then owes its gallery: one posting a page, once. Of pictures that were deleted it
 * makes them anew, for the messages that show them. Run twice, it changes nothing.
 */
export async function postGallery(
  deps: Pick<Deps, 'db' | 'blobs' | 'platforms' | 'log' | 'pictureCheck'>,
  job: Jobs['post-gallery'],
): Promise<void> {
  const batch = await inWorkspace(deps.db, job.workspaceId, (tx) => findFinished(tx, job.batchId));
  if (!batch) return;
  const made = await makeSheets(deps, batch);
  const posted = await inWorkspace(deps.db, job.workspaceId, async (tx) => {
    await tx.execute(sql`select 1 from batches where id = ${batch.id} for update`);
    const before = await findFinished(tx, batch.id);
    if (!before) return 'before';
    const blobs = made.sheets.map(({ blob }) => blob);
    const rows = await findImages(tx, batch);
    // A picture was deleted meanwhile, or a file that the sheets share with others was removed.
    if (picturesOf(rows) !== made.pictures || !(await holdBlobs(tx, deps, batch.workspaceId, blobs))) return 'not yet';
    await tx.update(batches).set({ galleryAt: sql`now()`, sheets: made.sheets }).where(eq(batches.id, batch.id));
    const isAgain = rows.some(({ deletedAt }) => deletedAt !== null);
    const old = before.sheets.map(({ blob }) => blob).filter((blob) => !blobs.includes(blob));
    await releaseBlobs(tx, batch.workspaceId, old);
    if (isAgain) await raisePictures(tx, batch.id);
    const card = await findCard(tx, batch);
    if (card && !(isAgain && (await isOwed(tx, batch))))
      await oweGallery(tx, deps, { ...batch, sheets: made.sheets }, card);
    await raiseCard(tx, batch.id, { final: true });
    return isAgain ? 'without the deleted' : 'whole';
  });
  if (posted === 'not yet') return postGallery(deps, job);
  if (posted === 'without the deleted') await removeReleased(deps, job.workspaceId);
}

async function findFinished(tx: Tx, batchId: string): Promise<Batch | undefined> {
  const [batch] = await tx.select().from(batches).where(eq(batches.id, batchId));
  return batch?.finishedAt && !batch.galleryAt ? batch : undefined;
}

/** Whether its pictures were owed before some of them were deleted. */
async function isOwed(tx: Tx, { id }: Batch): Promise<boolean> {
  const own = and(eq(postings.batchId, id), eq(postings.kind, 'gallery'), eq(postings.series, 0));
  return (await tx.$count(postings, own)) > 0;
}

/** Where the card went, which is not the batch's own channel where that is gone; none for a batch without a conversation. */
async function findCard(tx: Tx, batch: Batch) {
  const [card] = await tx
    .select({ conversation: postings.conversation, channelId: postings.channelId })
    .from(postings)
    .where(and(eq(postings.batchId, batch.id), eq(postings.kind, 'status')));
  return card;
}

/** What decides the sheets. */
const picturesOf = (rows: readonly ImageRow[]): string => rows.map(({ thumbnail }) => thumbnail).join();

/** What is hidden in any way where the batch was asked for is blurred. As many whatever was deleted, so that a message has each in the same place. */
async function makeSheets(
  deps: Pick<Deps, 'db' | 'blobs' | 'pictureCheck'>,
  batch: Batch,
): Promise<{ sheets: Batch['sheets']; pictures: string }> {
  const { workspaceId, channelId, private: alone } = batch;
  const { rows, showing } = await inWorkspace(deps.db, workspaceId, async (tx) => {
    const found = await findImages(tx, batch);
    return { rows: found, showing: await findShowing(tx, deps, { workspaceId, channelId, alone }, found) };
  });
  const pictures = picturesOf(rows);
  if (rows.filter(({ state }) => state === 'succeeded').length < 2) return { sheets: [], pictures };
  const sheets: Batch['sheets'] = [];
  for (let first = 0; first < rows.length; first += sheetTilesMax) {
    const own = rows.slice(first, first + sheetTilesMax);
    const tiles = await Promise.all(
      own.map(async (row) => ({
        label: String(row.number),
        image: row.thumbnail === null ? null : await readStored(deps, shownThumbnail(row.thumbnail, row, showing)),
        state: tileState(row),
        size: tileSize(row),
      })),
    );
    const rating = worstOf(own.filter((row) => isOpen(row, showing)));
    const { bytes, type, width, height } = await composeContactSheet(tiles);
    const blob = await deps.blobs.put(workspaceId, bytes);
    sheets.push({ blob, type, width, height, ...(rating ? { rating } : {}) });
  }
  return { sheets, pictures };
}

const shownThumbnail = (blob: string, row: ImageRow, showing: Showing) =>
  isOpen(row, showing) ? blob : blurredKey(blob);

/** One that was deleted while the sheets are made is not there any more. */
async function readStored({ blobs }: Pick<Deps, 'blobs'>, key: string): Promise<Uint8Array | null> {
  try {
    return await blobs.read(key);
  } catch (error) {
    if (error instanceof BlobMissingError) return null;
    throw error;
  }
}
