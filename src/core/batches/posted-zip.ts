import { buffer } from 'node:stream/consumers';
import { eq, sql } from 'drizzle-orm';
import { isOwn } from '#core/actor.ts';
import { blurredLines, withheldLines } from '#core/batches/card-lines.ts';
import { succeeded } from '#core/batches/download-links.ts';
import type { Batch } from '#core/batches/find-batch.ts';
import { isThere, type Picture } from '#core/batches/find-finished.ts';
import { nextSeries } from '#core/batches/owe-gallery.ts';
import { isDirect, type Place, placeToShow } from '#core/batches/private-place.ts';
import { findImages } from '#core/batches/render-card.ts';
import { planZip, readZip, type ZipPlan } from '#core/batches/zip-pictures.ts';
import type { CommandContext } from '#core/commands/define.ts';
import type { Deps } from '#core/deps.ts';
import { UserError } from '#core/errors.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import { mayBeShown } from '#core/postings/may-be-shown.ts';
import { placeOf } from '#core/postings/place-of.ts';
import { blurredKey } from '#core/safety/blurred-blobs.ts';
import { findShowing, type Showing } from '#core/safety/showing.ts';
import { inWorkspace, send, type Tx } from '#db/client.ts';
import { channels, postings } from '#db/schema/index.ts';

type Posting = Pick<typeof postings.$inferSelect, 'id' | 'workspaceId'>;

/** A file that is posted is in memory as a whole for a moment. */
export const postedBytesMax = 25 * 1024 * 1024;

/**
 * Owes a zip as a file to where it was asked for, or of a private batch to its person; resolves to that place.
 * @throws {UserError} `link.tooLarge` when the channel takes no file of its size.
 */
export async function oweZip(tx: Tx, context: CommandContext, batch: Batch, { length }: ZipPlan): Promise<Place> {
  const { conversation, channelId } = placeToShow(context, batch);
  const [channel] = await tx.select({ limits: channels.limits }).from(channels).where(eq(channels.id, channelId));
  const bytesMax = Math.min(postedBytesMax, channel?.limits.fileBytesMax ?? 0);
  const megabytes = (bytes: number) => Math.ceil(bytes / 100_000) / 10;
  if (length > bytesMax) throw new UserError('link.tooLarge', { size: megabytes(length), max: megabytes(bytesMax) });
  await tx.insert(postings).values({
    workspaceId: batch.workspaceId,
    batchId: batch.id,
    channelId,
    conversation,
    kind: 'zip',
    alone: isDirect(context.call) && isOwn(context.actor, batch.personId),
    series: await nextSeries(tx, batch, 'zip'),
    final: true,
    createdAt: sql`clock_timestamp()`,
  });
  await send(tx.execute(sql`select pg_notify('easel_postings', '')`));
  return { conversation, channelId };
}

/**
 * The message that a zip is posted with; its blob is there once `storeZip` has put it there. One that was posted with a
 * picture that was deleted since is taken away; null when there is nothing to post any more.
 */
export async function renderZip(
  tx: Tx,
  deps: Pick<Deps, 'pictureCheck'>,
  batch: Batch,
  posting: typeof postings.$inferSelect,
): Promise<OutgoingMessage | null> {
  const rows = await findImages(tx, batch);
  const isLeft = rows.some(isThere);
  if (!isLeft && !mayBeShown(posting)) return null;
  const showing = await findShowing(tx, deps, placeOf(posting, batch), rows);
  const withheld = rows.filter((row) => isThere(row) && showing.of(row) === 'block').map(({ number }) => number);
  const lines = [...blurredLines(batch, rows, showing, 'zip'), ...withheldLines(withheld)];
  const message = { ...layOutZip(batch, posting), lines };
  const { createdAt, ref } = posting;
  const isOutdated = ref !== null && rows.some(({ deletedAt }) => deletedAt !== null && deletedAt >= createdAt);
  if (isLeft && !isOutdated) return message;
  return { ...message, images: [], lines: [{ key: 'gallery.zipDeleted', values: { batch: batch.id } }] };
}

function layOutZip(batch: Batch, posting: Posting): OutgoingMessage {
  const { id: name, locale, timeZone } = batch;
  const title = { key: 'gallery.zip', values: { batch: name } } as const;
  const file = {
    blob: zipKey(posting),
    type: 'zip',
    width: 0,
    height: 0,
    alt: title,
    name: `easel-${name}.zip`,
  } as const;
  return {
    ...{ locale, timeZone, audience: 'channel', tone: 'success', title, lines: [], fields: [], actions: [] },
    images: [file],
    imagesAs: 'files',
  };
}

/** Puts a batch's zip where a posting takes it from. */
export async function storeZip(
  deps: Pick<Deps, 'blobs' | 'db' | 'pictureCheck'>,
  batch: Batch,
  posting: typeof postings.$inferSelect,
): Promise<void> {
  const { rows, showing } = await inWorkspace(deps.db, batch.workspaceId, async (tx) => {
    const found = await findImages(tx, batch);
    return { rows: found, showing: await findShowing(tx, deps, placeOf(posting, batch), found) };
  });
  const pictures = rows.filter(succeeded).flatMap((row) => zipped(row, showing));
  const plan = await planZip(deps, batch, pictures);
  const bytes = await buffer(readZip(deps, plan, { start: 0, end: plan.length - 1 }));
  await deps.blobs.putTemporary(zipKey(posting), bytes);
}

/** Nobody can hide a picture in a zip until the reader asks for it: what is hidden in any way is blurred. */
function zipped(row: Picture, showing: Showing): Picture[] {
  const action = showing.of(row);
  if (action === 'block') return [];
  return action === 'show' || row.original === null
    ? [row]
    : [{ ...row, original: blurredKey(row.original), type: 'jpeg' }];
}

export const forgetZip = (deps: Pick<Deps, 'blobs'>, posting: Posting): Promise<void> =>
  deps.blobs.delete(zipKey(posting));

/** Each has its own, as two may be on their way at once. */
const zipKey = ({ workspaceId, id }: Posting): string => `${workspaceId}/zip-${id}`;
