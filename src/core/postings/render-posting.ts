import { and, eq } from 'drizzle-orm';
import type { Batch } from '#core/batches/find-batch.ts';
import { drawLiveSheet, type LiveSheet, liveSheetOf } from '#core/batches/live-sheet.ts';
import { renderZip, storeZip } from '#core/batches/posted-zip.ts';
import { findImages, renderCard } from '#core/batches/render-card.ts';
import { type Gallery, renderGallery, takeOut } from '#core/batches/render-gallery.ts';
import type { Deps } from '#core/deps.ts';
import type { ChatPlatform } from '#core/ports/chat.ts';
import type { ChatLimits } from '#core/ports/delivery.ts';
import type { OutgoingMessage, OutgoingPart } from '#core/ports/message.ts';
import { mayBeShown } from '#core/postings/may-be-shown.ts';
import { isRerouted, placeOf } from '#core/postings/place-of.ts';
import { findShowing } from '#core/safety/showing.ts';
import type { Tx } from '#db/client.ts';
import { erasedWords } from '#db/person-data.ts';
import { accounts, type postings } from '#db/schema/index.ts';
import type { Text } from '#src/i18n.ts';

/** A posting with the batch that it shows. */
export interface PostedBatch {
  posting: typeof postings.$inferSelect;
  batch: Batch;
}

interface Rendered {
  /** What was typed is no longer kept, and stands beside the pictures no more. */
  wordsGone?: boolean;
  message: OutgoingMessage | null;
  sheet?: LiveSheet | undefined;
  absent?: Gallery['absent'];
}

/**
 * The message, the contact sheet that its one picture is where that is still to be drawn, and what is in it for its place
 * alone.
 */
export async function renderPosting(
  tx: Tx,
  deps: Pick<Deps, 'now' | 'providers' | 'publicAddress' | 'pictureCheck'>,
  limits: ChatLimits,
  { posting, batch }: PostedBatch,
): Promise<Rendered> {
  const { message, ...rest } = await renderKind(tx, deps, limits, { posting, batch });
  const audience = batch.private && !posting.shared ? 'private' : 'channel';
  const shared = posting.shared ? [await sharedLine(tx, batch)] : [];
  return { message: message && { ...message, audience, lines: [...message.lines, ...shared] }, ...rest };
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
  deps: Pick<Deps, 'now' | 'providers' | 'publicAddress' | 'pictureCheck'>,
  limits: ChatLimits,
  { posting, batch }: PostedBatch,
): Promise<Rendered> {
  const rerouted = isRerouted(posting, batch);
  const place = placeOf(posting, batch);
  const withNotice = (message: OutgoingMessage): OutgoingMessage =>
    rerouted ? { ...message, lines: [...message.lines, { key: 'delivery.rerouted' }] } : message;
  if (posting.kind === 'zip') {
    const message = await renderZip(tx, deps, batch, posting);
    return { message: message && withNotice(message) };
  }
  if (posting.kind !== 'status') {
    const as = posting.kind === 'files' ? 'files' : 'pictures';
    const gallery = await renderGallery(tx, deps, batch, { limits, as, numbers: posting.numbers, posting, place });
    const wordsGone = batch.prompt === erasedWords;
    return gallery ? { ...gallery, wordsGone, message: withNotice(gallery.message) } : { message: null };
  }
  const rows = await findImages(tx, batch);
  const showing = limits.liveImageEditMinMs !== null && (await findShowing(tx, deps, place, rows));
  const message = await renderCard(tx, deps, batch, { showing, rows });
  return { message: withNotice(message), sheet: showing ? liveSheetOf(batch, rows, showing) : undefined };
}

/**
 * A posting's own part of its message, and how many pictures an edit takes out of it and may put into their places;
 * undefined where there is nothing to send or to change.
 */
export function ownPart(
  platform: Pick<ChatPlatform, 'split'>,
  limits: ChatLimits,
  posting: PostedBatch['posting'],
  { message, absent = new Map(), wordsGone = false }: Rendered,
): { part: OutgoingPart; removed: number; replaced: number } | undefined {
  const whole = message ? platform.split(message, limits)[posting.part] : undefined;
  if (!whole) return undefined;
  const part = takeOut(whole, absent);
  const removed = whole.images.length - part.images.length;
  if (!mayBeShown(posting) && removed > 0 && part.images.length === 0) return undefined;
  if (posting.ref === null) return { part, removed: 0, replaced: 0 };
  const replaced = part.images.filter(({ slot }) => slot !== undefined).length;
  const isSame =
    posting.kind === 'zip'
      ? part.images.length > 0
      : posting.kind !== 'status' &&
        removed === 0 &&
        !wordsGone &&
        part.choices?.options.length === whole.choices?.options.length &&
        replaced === 0;
  if (isSame) return undefined;
  return { part, removed: posting.kind === 'zip' ? 1 : removed, replaced };
}

/** Only now that the part may be sent, and in no transaction: what is drawn or put together takes a while. */
export async function preparePart(
  deps: Pick<Deps, 'db' | 'blobs' | 'sheets' | 'log' | 'pictureCheck'>,
  { posting, batch }: PostedBatch,
  part: OutgoingPart,
  sheet: LiveSheet | undefined,
): Promise<OutgoingPart> {
  if (posting.kind === 'zip' && part.images.length > 0) await storeZip(deps, batch, posting);
  if (!sheet) return part;
  const drawn = await drawLiveSheet(deps, sheet);
  return { ...part, images: drawn ? [drawn] : [] };
}
