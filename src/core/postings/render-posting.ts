import { and, eq } from 'drizzle-orm';
import type { Batch } from '#core/batches/find-batch.ts';
import { drawLiveSheet, type LiveSheet, liveSheetOf } from '#core/batches/live-sheet.ts';
import { renderZip, storeZip } from '#core/batches/posted-zip.ts';
import { findImages, renderCard } from '#core/batches/render-card.ts';
import { renderGallery } from '#core/batches/render-gallery.ts';
import type { Deps } from '#core/deps.ts';
import type { ChatLimits, OutgoingMessage, OutgoingPart } from '#core/ports/chat.ts';
import type { Tx } from '#db/client.ts';
import { accounts, type postings } from '#db/schema/index.ts';
import type { Text } from '#src/i18n.ts';

/** A posting with the batch that it shows. */
export interface PostedBatch {
  posting: typeof postings.$inferSelect;
  batch: Batch;
}

interface Rendered {
  message: OutgoingMessage | null;
  sheet?: LiveSheet | undefined;
}

/** The message, and the contact sheet that its one picture is where that is still to be drawn. */
export async function renderPosting(
  tx: Tx,
  deps: Pick<Deps, 'now' | 'providers' | 'publicAddress'>,
  limits: ChatLimits,
  { posting, batch }: PostedBatch,
): Promise<Rendered> {
  const { message, sheet } = await renderKind(tx, deps, limits, { posting, batch });
  const audience = batch.private && !posting.shared ? 'private' : 'channel';
  const shared = posting.shared ? [await sharedLine(tx, batch)] : [];
  return { message: message && { ...message, audience, lines: [...message.lines, ...shared] }, sheet };
}

/** Whose a private batch is, for those whom it is shared with. */
async function sharedLine(tx: Tx, batch: Batch): Promise<Text> {
  const [account] = await tx
    .select({ name: accounts.name })
    .from(accounts)
    .where(and(eq(accounts.personId, batch.personId), eq(accounts.platform, batch.conversation?.platform ?? '')));
  return { key: 'gallery.shared', values: { name: account?.name ?? '' } };
}

async function renderKind(
  tx: Tx,
  deps: Pick<Deps, 'now' | 'providers' | 'publicAddress'>,
  limits: ChatLimits,
  { posting, batch }: PostedBatch,
): Promise<Rendered> {
  const rerouted = posting.series === 0 && posting.channelId !== batch.channelId;
  const withNotice = (message: OutgoingMessage): OutgoingMessage =>
    rerouted ? { ...message, lines: [...message.lines, { key: 'delivery.rerouted' }] } : message;
  if (posting.kind === 'zip') return { message: withNotice(renderZip(batch, posting)) };
  if (posting.kind !== 'status') {
    const { numbers } = posting;
    const as = posting.kind === 'files' ? 'files' : 'pictures';
    const message = await renderGallery(tx, batch, { limits, as, numbers });
    return { message: message && withNotice(message) };
  }
  const live = limits.liveImageEditMinMs !== null;
  const rows = await findImages(tx, batch);
  const message = await renderCard(tx, deps, batch, { live, rows });
  return { message: withNotice(message), sheet: live ? liveSheetOf(batch, rows) : undefined };
}

/** Only now that the part may be sent, and in no transaction: what is drawn or put together takes a while. */
export async function preparePart(
  deps: Pick<Deps, 'db' | 'blobs' | 'sheets' | 'log'>,
  { posting, batch }: PostedBatch,
  part: OutgoingPart,
  sheet: LiveSheet | undefined,
): Promise<OutgoingPart> {
  if (posting.kind === 'zip') await storeZip(deps, batch, posting);
  if (!sheet) return part;
  const drawn = await drawLiveSheet(deps, sheet);
  return { ...part, images: drawn ? [drawn] : [] };
}
