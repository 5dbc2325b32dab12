import { and, asc, eq, isNotNull, ne } from 'drizzle-orm';
import {
  blurredLines,
  deletedLines,
  failureLines,
  movedLines,
  warningLines,
  writtenLines,
} from '#core/batches/card-lines.ts';
import { countDrafted } from '#core/batches/drafts.ts';
import { type Estimate, estimateBatch } from '#core/batches/estimate-batch.ts';
import type { Batch } from '#core/batches/find-batch.ts';
import { isThere } from '#core/batches/find-finished.ts';
import { hasPicture, liveSheetOf } from '#core/batches/live-sheet.ts';
import { findModel } from '#core/batches/models.ts';
import { findOrigins, type Origin, originLines } from '#core/batches/origins.ts';
import { sheetTilesMax } from '#core/batches/sheet-tiles.ts';
import { altPromptCharsMax, cardPromptCharsMax, shorten } from '#core/batches/shorten.ts';
import { isOursToPass } from '#core/batches/stopped-plan.ts';
import { wordsOf } from '#core/batches/words-of.ts';
import type { Deps } from '#core/deps.ts';
import type { OutgoingImage, OutgoingMessage } from '#core/ports/message.ts';
import { blurred, type Showing, shownAs } from '#core/safety/showing.ts';
import type { Tx } from '#db/client.ts';
import { images, postings } from '#db/schema/index.ts';
import type { Text } from '#src/i18n.ts';

/** A longer line would not fit beside the rest, and a part of one is of no use. */
const lineCharsMax = 600;

export type ImageRow = typeof images.$inferSelect;

/**
 * The status card of a batch: its newest state, from the rows. Unless `showing` is false, it has the pictures that there are so far, of a large
 * batch as `liveSheetOf` that is still to be drawn, then the contact sheets; `offerPictures` a button that posts a finished
 * batch's gallery once more, and what was typed. `rows` are the batch's where they are at hand.
 */
export async function renderCard(
  tx: Tx,
  deps: Pick<Deps, 'providers' | 'publicAddress' | 'now'>,
  batch: Batch,
  options: { showing: Showing | false; offerPictures?: boolean; rows?: readonly ImageRow[] },
): Promise<OutgoingMessage> {
  const rows = options.rows ?? (await findImages(tx, batch));
  const origins = await findOrigins(tx, rows);
  const stuck = rows.some(({ deletedAt }) => deletedAt !== null) ? await countStuck(tx, batch) : 0;
  const drafted = batch.draftId === null ? 0 : await countDrafted(tx, batch.draftId, deps.now());
  return layOutCard(deps, batch, rows, await estimateBatch(tx, deps, rows), { ...options, origins, drafted, stuck });
}

/** Messages that may show what was deleted and could not be changed. */
async function countStuck(tx: Tx, { id }: Pick<Batch, 'id'>): Promise<number> {
  const failed = and(eq(postings.batchId, id), isNotNull(postings.ref), ne(postings.failure, 'missing'));
  return tx.$count(postings, and(failed, ne(postings.kind, 'status')));
}

/** All images of a batch, in the order of their numbers. */
export function findImages(tx: Tx, batch: Pick<Batch, 'id'>): Promise<ImageRow[]> {
  return tx.select().from(images).where(eq(images.batchId, batch.id)).orderBy(asc(images.number));
}

/**
 * `renderCard` where the rows, in the order of their numbers, the estimate, what they were made again from, how much of
 * their draft is left and in how many messages what was deleted is stuck are at hand.
 */
export function layOutCard(
  deps: Pick<Deps, 'providers' | 'publicAddress'>,
  batch: Batch,
  rows: readonly ImageRow[],
  estimate: Estimate | undefined,
  options: {
    showing: Showing | false;
    offerPictures?: boolean;
    origins?: readonly Origin[];
    drafted?: number;
    stuck?: number;
  },
): OutgoingMessage {
  const count = (...states: ImageRow['state'][]) => rows.filter((row) => states.includes(row.state)).length;
  const succeeded = count('succeeded');
  const left = rows.filter(isThere).length;
  const done = batch.total - batch.unfinished;
  const title = cardTitle(batch, succeeded);
  const placeholder = rows.some(
    (row) => findModel(deps.providers, row.source?.model ?? row.model)?.provider.placeholder,
  );
  return {
    locale: batch.locale,
    timeZone: batch.timeZone,
    audience: 'channel',
    tone: title.tone,
    title: title.text,
    lines: [
      { verbatim: shorten(batch.prompt, cardPromptCharsMax) },
      ...writtenLines(rows),
      ...originLines(options.origins ?? [], rows),
      ...(batch.unfinished > 0 && count('dispatched') === 0 ? [placeText(estimate)] : []),
      ...(estimate?.paused ? [{ key: 'card.paused' } as const] : []),
      ...movedLines(rows, batch.unfinished > 0 ? 'card.moved' : 'gallery.moved'),
      ...failureLines(rows),
      ...deletedLines(rows, options.stuck),
      ...(options.showing ? blurredLines(batch, rows, options.showing, 'pictures') : []),
      ...warningLines(rows),
      ...(placeholder ? [{ key: 'card.placeholder' } as const] : []),
    ],
    fields: [
      { label: { key: 'card.field.batch' }, value: { verbatim: batch.id } },
      {
        label: { key: 'card.field.model' },
        value: { key: 'list', values: { items: { list: [...new Set(rows.map((row) => row.model))] } } },
      },
      { label: { key: 'card.field.credits' }, value: creditsText(rows) },
      ...(estimate?.seconds === undefined
        ? []
        : [
            {
              label: { key: 'card.field.left' },
              value: { key: 'card.left', values: { duration: { seconds: estimate.seconds } } },
            } as const,
          ]),
      ...(options.offerPictures === true ? lineField(batch) : []),
    ],
    progress: { done, total: batch.total },
    images: options.showing
      ? batch.galleryAt
        ? filledSheets(batch, rows, options.showing)
        : livePictures(batch, rows, options.showing)
      : [],
    imagesAs: 'pictures',
    actions: cardActions(batch, {
      retry: count('failed', 'blocked') > 0,
      ask: rows.some(isOursToPass),
      show: options.offerPictures === true && left > 0,
      drafted: options.drafted ?? 0,
      share: batch.askedChannelId !== null && left > 0,
      zip: left > 0 && deps.publicAddress(batch.conversation?.platform ?? '') !== undefined,
    }),
  };
}

/** What can be typed to ask for the same. */
function lineField({ line }: Batch): OutgoingMessage['fields'] {
  if (line === null || line.length > lineCharsMax) return [];
  return [{ label: { key: 'card.field.line' }, value: { verbatim: `/imagine ${line}` } }];
}

function cardActions(
  batch: Batch,
  offer: { retry: boolean; ask: boolean; show: boolean; share: boolean; zip: boolean; drafted: number },
): OutgoingMessage['actions'] {
  const { id, total, draftId } = batch;
  if (batch.unfinished > 0) return [{ id: `cancel ${id}`, label: { key: 'action.cancel' }, style: 'danger' }];
  const retry = { id: `retry ${id}`, label: { key: 'action.retry' }, style: 'primary' } as const;
  const ask = { id: `retry ${id} --ask`, label: { key: 'approval.ask' }, style: 'secondary' } as const;
  const show = { id: `show ${id}`, label: { key: 'action.show' }, style: 'secondary' } as const;
  const share = { id: `share ${id}`, label: { key: 'action.share' }, style: 'secondary' } as const;
  const zip = { id: `zip ${id}`, label: { key: 'action.zip' }, style: 'secondary' } as const;
  const rerun = { id: `rerun ${id}`, label: { key: 'action.rerun' }, style: 'secondary' } as const;
  const rest = {
    id: `draft ${draftId} run`,
    label: { key: 'draft.runRest', values: { count: offer.drafted } },
    style: 'primary',
  } as const;
  return [
    ...(offer.drafted > 0 ? [rest] : []),
    ...(offer.retry ? [retry] : []),
    ...(offer.ask ? [ask] : []),
    ...(offer.show && batch.galleryAt ? [show] : []),
    ...(offer.share && batch.galleryAt ? [share] : []),
    ...(offer.zip ? [zip] : []),
    ...(total > 0 ? [rerun] : []),
  ];
}

function placeText({ ahead, capped }: Pick<Estimate, 'ahead' | 'capped'> = { ahead: 0, capped: undefined }): Text {
  if (capped)
    return { key: capped.of === 'person' ? 'card.capped' : 'card.cappedWorkspace', values: { count: capped.cap } };
  return ahead > 0 ? { key: 'card.ahead', values: { count: ahead } } : { key: 'card.waiting' };
}

function cardTitle(batch: Batch, succeeded: number): { text: Text; tone: OutgoingMessage['tone'] } {
  if (batch.unfinished > 0) return { text: { key: 'card.running', values: { count: batch.total } }, tone: 'progress' };
  if (batch.cancelledAt)
    return { text: { key: 'card.cancelled', values: { done: succeeded, count: batch.total } }, tone: 'warning' };
  if (succeeded === batch.total) return { text: { key: 'card.done', values: { count: succeeded } }, tone: 'success' };
  if (succeeded === 0) return { text: { key: 'card.failed', values: { count: batch.total } }, tone: 'error' };
  return { text: { key: 'card.partly', values: { done: succeeded, count: batch.total } }, tone: 'warning' };
}

/** What was paid and what came back; while it runs, what is held. */
export function creditsText(rows: readonly ImageRow[]): Text {
  const sum = (wanted: (row: ImageRow) => boolean) =>
    rows.filter(wanted).reduce((total, row) => total + row.credits, 0);
  const held = sum((row) => row.state === 'queued' || row.state === 'dispatched');
  const spent = sum((row) => row.state === 'succeeded');
  const returned = sum((row) => ['failed', 'blocked', 'cancelled'].includes(row.state));
  if (held > 0) return { key: 'card.credits.held', values: { spent, held } };
  if (returned > 0) return { key: 'card.credits.returned', values: { spent, returned } };
  return { key: 'card.credits.spent', values: { spent } };
}

function livePictures(batch: Batch, rows: readonly ImageRow[], showing: Showing): OutgoingImage[] {
  const sheet = liveSheetOf(batch, rows, showing);
  if (sheet) return [sheet.image];
  return rows.filter(hasPicture).flatMap((row) => {
    const image: OutgoingImage = {
      blob: row.thumbnail ?? row.partial ?? '',
      type: row.thumbnail ? 'jpeg' : 'png',
      width: row.thumbnailWidth ?? row.width,
      height: row.thumbnailHeight ?? row.height,
      name: `${batch.id}-${row.number}`,
      alt: {
        key: row.thumbnail ? 'picture.alt' : 'picture.partialAlt',
        values: { number: row.number, total: batch.total, prompt: shorten(wordsOf(row), altPromptCharsMax) },
      },
    };
    if (row.thumbnail === null) return showing.previews ? [image] : [blurred(image)];
    return showing.of(row) === 'block' ? [] : [shownAs(image, row, showing, 'pictures')];
  });
}

const filledSheets = (batch: Batch, rows: readonly ImageRow[], showing: Showing): OutgoingImage[] =>
  sheetPictures(batch, rows, showing).flatMap(({ image, isEmpty }) => (isEmpty ? [] : [image]));

/**
 * Every contact sheet of a finished batch, also those that there is nothing on: every picture was deleted, or what they show openly
 * is blocked in this place.
 */
export function sheetPictures(
  batch: Batch,
  rows: readonly ImageRow[],
  showing: Showing,
): { image: OutgoingImage; isEmpty: boolean }[] {
  return batch.sheets.map(({ rating = null, ...sheet }, index) => {
    const own = rows.filter(({ number }) => Math.floor((number - 1) / sheetTilesMax) === index);
    const slot = `${batch.id}-sheet-${index + 1}`;
    // One that was drawn anew is another picture.
    const version = own.some(({ deletedAt }) => deletedAt !== null) ? `-${sheet.blob.slice(-8)}` : '';
    const values = { count: batch.total, prompt: shorten(batch.prompt, altPromptCharsMax) };
    const image = { ...sheet, slot, name: `${slot}${version}.jpg`, alt: { key: 'picture.sheetAlt', values } } as const;
    const judged = { rating, approved: own.every((row) => row.approved || row.rating !== rating) };
    const isEmpty = showing.of(judged) === 'block' || own.every(({ thumbnail }) => thumbnail === null);
    return { image: shownAs(image, judged, showing, 'pictures'), isEmpty };
  });
}
