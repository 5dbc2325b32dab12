import { and, asc, eq, isNull, or, sql } from 'drizzle-orm';
import { blurredLines, movedLines, withheldLines } from '#core/batches/card-lines.ts';
import type { Batch } from '#core/batches/find-batch.ts';
import { isThere } from '#core/batches/find-finished.ts';
import { numberRuns } from '#core/batches/number-runs.ts';
import { choicesOf, originals, workWith } from '#core/batches/picture-actions.ts';
import { type ImageRow, sheetPictures } from '#core/batches/render-card.ts';
import { altPromptCharsMax, shorten } from '#core/batches/shorten.ts';
import { wordsOf } from '#core/batches/words-of.ts';
import type { Deps } from '#core/deps.ts';
import type { ChatLimits } from '#core/ports/delivery.ts';
import type { OutgoingImage, OutgoingMessage, OutgoingPart } from '#core/ports/message.ts';
import { findShowing, type Showing, type ShownIn, shownAs } from '#core/safety/showing.ts';
import type { Tx } from '#db/client.ts';
import { batches, images, type postings } from '#db/schema/index.ts';
import type { Text } from '#src/i18n.ts';

const extensions = { png: 'png', jpeg: 'jpg', webp: 'webp' } as const;

/** A batch's pictures as one message that is still to be split. */
export interface Gallery {
  message: OutgoingMessage;
  /** Names of images that are in it for their place alone: `takeOut` leaves them out, and says why. */
  absent: ReadonlyMap<string, Absent>;
}

/** Why an image is not there any more, or not in this place, with the picture's number; a sheet has none. */
export interface Absent {
  why: 'deleted' | 'withheld';
  number: number | undefined;
}

/**
 * A finished batch's pictures, or those of some numbers, in one message; null when there is none to show. A platform splits
 * it into pages; where the card cannot show the contact sheet and one page is not enough, the sheet comes first. Pictures
 * that were deleted after the `posting` was owed keep their places, so that every page keeps its pictures; so do those that are
 * blocked in the `place` where they are shown.
 */
export async function renderGallery(
  tx: Tx,
  deps: Pick<Deps, 'pictureCheck'>,
  batch: Batch,
  options: {
    limits: ChatLimits;
    place: Omit<ShownIn, 'workspaceId'>;
    as: 'pictures' | 'files';
    numbers?: readonly number[] | null;
    posting?: Pick<typeof postings.$inferSelect, 'id'>;
  },
): Promise<Gallery | null> {
  const { limits, as, numbers = null, posting, place } = options;
  const since = posting && sql`deleted_at > (select created_at from postings where id = ${String(posting.id)}::bigint)`;
  const found = await tx
    .select()
    .from(images)
    .where(and(eq(images.batchId, batch.id), eq(images.state, 'succeeded'), or(isNull(images.deletedAt), since)))
    .orderBy(asc(images.number));
  const rows = numbers === null ? found : found.filter(({ number }) => numbers.includes(number));
  if (rows.length === 0) return null;
  const showing = await findShowing(tx, deps, { ...place, workspaceId: batch.workspaceId }, rows);
  const isLong = numbers === null && rows.length > limits.imagesPerMessage;
  const sheetFirst = as === 'pictures' && limits.liveImageEditMinMs === null && isLong;
  const sheets = sheetFirst ? await findSheets(tx, batch, rows, showing) : [];
  const pictures = rows.map((row) => ({ row, image: shownAs(pictureOf(batch, row), row, showing, as) }));
  return {
    message: {
      locale: batch.locale,
      timeZone: batch.timeZone,
      audience: 'channel',
      tone: 'success',
      title: { key: 'gallery.title', values: { count: rows.length, batch: batch.id } },
      lines: [
        ...(as === 'pictures' ? [...movedLines(rows, 'gallery.moved'), ...resampledLine(rows)] : []),
        ...blurredLines(batch, rows, showing, as),
      ],
      fields: [],
      imagesAs: as,
      images: [...sheets, ...pictures].map(({ image }) => image),
      actions: [
        ...(as === 'pictures' && !limits.keepsOriginals ? originals(batch, numbers) : []),
        ...(as === 'pictures' && rows.length === 1 ? rows.filter(isThere).map((row) => workWith(batch, row)) : []),
      ],
      ...(as === 'pictures' && rows.length > 1 ? { choices: choicesOf(batch, rows) } : {}),
    },
    absent: new Map([
      ...sheets.flatMap(({ image, isEmpty }): [string, Absent][] =>
        isEmpty ? [[image.name, { why: 'deleted', number: undefined }]] : [],
      ),
      ...pictures.flatMap(({ image, row }): [string, Absent][] => {
        const why = whyAbsent(row, showing);
        return why ? [[image.name, { why, number: row.number }]] : [];
      }),
    ]),
  };
}

function whyAbsent(row: ImageRow, showing: Showing): Absent['why'] | undefined {
  if (row.deletedAt) return 'deleted';
  return showing.of(row) === 'block' ? 'withheld' : undefined;
}

/** Read after the pictures, so that none of a sheet's can have been deleted unseen. Until they are made anew they are outdated. */
async function findSheets(
  tx: Tx,
  batch: Batch,
  rows: readonly ImageRow[],
  showing: Showing,
): Promise<ReturnType<typeof sheetPictures>> {
  const [newest = batch] = await tx.select().from(batches).where(eq(batches.id, batch.id));
  const outdated = newest.galleryAt === null ? ({ outdated: true } as const) : {};
  return sheetPictures(newest, rows, showing).map(({ image, isEmpty }) => ({
    image: { ...image, ...outdated },
    isEmpty,
  }));
}

/** A page without what was deleted, or is withheld, which it names. */
export function takeOut(part: OutgoingPart, absent: Gallery['absent']): OutgoingPart {
  const { choices: offered, ...rest } = part;
  const numbersOf = (why: Absent['why']) =>
    part.images.flatMap(({ name }) => {
      const found = absent.get(name);
      return found?.why === why ? (found.number ?? []) : [];
    });
  const images = part.images.filter(({ name }) => !absent.has(name));
  const gone = new Set([...absent.values()].flatMap(({ why, number }) => (why === 'deleted' ? (number ?? []) : [])));
  const options = offered?.options.filter(({ number }) => !gone.has(number)) ?? [];
  const choices = offered && options.length > 0 ? { choices: { ...offered, options } } : {};
  const lines = [...part.lines, ...goneLines(numbersOf('deleted')), ...withheldLines(numbersOf('withheld'))];
  return { ...rest, ...choices, images, lines };
}

function goneLines(numbers: readonly number[]): Text[] {
  if (numbers.length === 0) return [];
  return [{ key: 'gallery.deleted', values: { count: numbers.length, numbers: { list: numberRuns(numbers) } } }];
}

/** Who looks at an enlargement would else look for detail that is not there. */
function resampledLine(rows: readonly Pick<ImageRow, 'warnings'>[]): Text[] {
  return rows.some(({ warnings }) => warnings.includes('resampled')) ? [{ key: 'warnings.resampled' }] : [];
}

export function pictureOf(batch: Batch, row: ImageRow): OutgoingImage {
  const { original, type, deletedAt } = row;
  if (type === null || (original === null && deletedAt === null))
    throw new Error(`image ${row.id} succeeded without a picture`);
  return {
    blob: original ?? '',
    type,
    width: row.width,
    height: row.height,
    number: row.number,
    name: `${batch.id}-${row.number}.${extensions[type]}`,
    alt: {
      key: 'picture.alt',
      values: { number: row.number, total: batch.total, prompt: shorten(wordsOf(row), altPromptCharsMax) },
    },
  };
}

/** The number of the picture that a file is named after; undefined for any other. */
export function numberNamed(batchId: string, name: string): number | undefined {
  const match = /^(\w+)-(\d+)\.\w+$/.exec(name);
  return match?.[1] === batchId ? Number(match[2]) : undefined;
}
