import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Batch } from '#core/batches/find-batch.ts';
import { oweGallery } from '#core/batches/owe-gallery.ts';
import { findImages } from '#core/batches/render-card.ts';
import { sheetTilesMax, tileSize, tileState } from '#core/batches/sheet-tiles.ts';
import type { Deps } from '#core/deps.ts';
import type { Jobs } from '#core/ports/queue.ts';
import { raiseCard } from '#core/postings/raise-card.ts';
import { inWorkspace, type Tx } from '#db/client.ts';
import { batches, postings } from '#db/schema/index.ts';
import { composeContactSheet } from '#media/gallery.ts';

/**
 * Makes a finished batch's contact sheets, then owes its gallery: one posting a page, once. Run twice, it changes nothing.
 */
export async function postGallery(
  deps: Pick<Deps, 'db' | 'blobs' | 'platforms' | 'log'>,
  job: Jobs['post-gallery'],
): Promise<void> {
  const batch = await inWorkspace(deps.db, job.workspaceId, (tx) => findFinished(tx, job.batchId));
  if (!batch) return;
  const sheets = await makeSheets(deps, batch);
  await inWorkspace(deps.db, job.workspaceId, async (tx) => {
    const [won] = await tx
      .update(batches)
      .set({ galleryAt: sql`now()`, sheets })
      .where(and(eq(batches.id, batch.id), isNull(batches.galleryAt)))
      .returning({ id: batches.id });
    if (!won) return;
    const card = await findCard(tx, batch);
    if (card) await oweGallery(tx, deps, batch, card);
    await raiseCard(tx, batch.id, { final: true });
  });
}

async function findFinished(tx: Tx, batchId: string): Promise<Batch | undefined> {
  const [batch] = await tx.select().from(batches).where(eq(batches.id, batchId));
  return batch?.finishedAt && !batch.galleryAt ? batch : undefined;
}

/** Where the card went, which is not the batch's own channel where that is gone; none for a batch without a conversation. */
async function findCard(tx: Tx, batch: Batch) {
  const [card] = await tx
    .select({ conversation: postings.conversation, channelId: postings.channelId })
    .from(postings)
    .where(and(eq(postings.batchId, batch.id), eq(postings.kind, 'status')));
  return card;
}

async function makeSheets(deps: Pick<Deps, 'db' | 'blobs'>, batch: Batch): Promise<Batch['sheets']> {
  const rows = await inWorkspace(deps.db, batch.workspaceId, (tx) => findImages(tx, batch));
  if (rows.filter((row) => row.thumbnail !== null).length < 2) return [];
  const sheets: Batch['sheets'] = [];
  for (let first = 0; first < rows.length; first += sheetTilesMax) {
    const tiles = await Promise.all(
      rows.slice(first, first + sheetTilesMax).map(async (row) => ({
        label: String(row.number),
        image: row.thumbnail === null ? null : await deps.blobs.read(row.thumbnail),
        state: tileState(row),
        size: tileSize(row),
      })),
    );
    const { bytes, type, width, height } = await composeContactSheet(tiles);
    sheets.push({ blob: await deps.blobs.put(batch.workspaceId, bytes), type, width, height });
  }
  return sheets;
}
