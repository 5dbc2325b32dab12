import { and, eq, sql } from 'drizzle-orm';
import type { Batch } from '#core/batches/find-batch.ts';
import type { Place } from '#core/batches/private-place.ts';
import { renderGallery } from '#core/batches/render-gallery.ts';
import type { Deps } from '#core/deps.ts';
import { UserError } from '#core/errors.ts';
import { placeOf } from '#core/postings/place-of.ts';
import type { Tx } from '#db/client.ts';
import { channels, postings } from '#db/schema/index.ts';

/**
 * Owes a finished batch's pictures, or those of some numbers, to a conversation, one posting a page; `again` though they
 * were shown before, `shared` for everybody there though the batch is private, `alone` where nobody but who asked for them is. Resolves
 * to the pages owed.
 * @throws {UserError} `batch.blockedHere` where every one of them is blocked there.
 */
export async function oweGallery(
  tx: Tx,
  deps: Pick<Deps, 'platforms' | 'pictureCheck'>,
  batch: Batch,
  to: Place & {
    as?: 'pictures' | 'files';
    numbers?: readonly number[] | undefined;
    again?: boolean;
    shared?: boolean;
    alone?: boolean;
  },
): Promise<number> {
  const { conversation, channelId, as = 'pictures', numbers = null, again = false, shared = false, alone = false } = to;
  const platform = deps.platforms.get(conversation.platform);
  const [channel] = await tx.select().from(channels).where(eq(channels.id, channelId));
  if (!platform || !channel) return 0;
  await lockBatch(tx, batch);
  const kind = as === 'files' ? ('files' as const) : ('gallery' as const);
  const series = again ? await nextSeries(tx, batch, kind) : 0;
  const place = placeOf({ channelId, series, shared, alone }, batch);
  const gallery = await renderGallery(tx, deps, batch, { limits: channel.limits, as, numbers, place });
  if (!gallery) return 0;
  if (again && gallery.message.images.every(({ name }) => gallery.absent.get(name)?.why === 'withheld'))
    throw new UserError('batch.blockedHere', { batch: batch.id });
  const pages = platform.split(gallery.message, channel.limits);
  await tx
    .insert(postings)
    .values(
      pages.map((_, part) => ({
        workspaceId: batch.workspaceId,
        batchId: batch.id,
        channelId,
        conversation,
        kind,
        series,
        shared,
        alone,
        part,
        numbers: numbers && [...numbers],
        final: true,
        createdAt: sql`clock_timestamp()`,
      })),
    )
    .onConflictDoNothing();
  await tx.execute(sql`select pg_notify('easel_postings', '')`);
  return pages.length;
}

/** What is deleted from here on was in what this transaction owes, and what was before is not. */
const lockBatch = (tx: Tx, { id }: Pick<Batch, 'id'>) =>
  tx.execute(sql`select 1 from batches where id = ${id} for update`);

/** The batch's row is locked, so that two who ask at once get one each. */
export async function nextSeries(tx: Tx, batch: Batch, kind: 'gallery' | 'files' | 'zip'): Promise<number> {
  await lockBatch(tx, batch);
  const [row] = await tx
    .select({ last: sql<number | null>`max(${postings.series})` })
    .from(postings)
    .where(and(eq(postings.batchId, batch.id), eq(postings.kind, kind)));
  return (row?.last ?? 0) + 1;
}
