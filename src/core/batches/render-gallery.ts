import { and, asc, eq } from 'drizzle-orm';
import type { Batch } from '#core/batches/find-batch.ts';
import { typedNumbers } from '#core/batches/number-runs.ts';
import { movedLines, sheetPictures } from '#core/batches/render-card.ts';
import { altPromptCharsMax, shorten } from '#core/batches/shorten.ts';
import { wordsOf } from '#core/batches/words-of.ts';
import {
  actionIdBytesMax,
  type ChatLimits,
  type OutgoingAction,
  type OutgoingChoices,
  type OutgoingImage,
  type OutgoingMessage,
} from '#core/ports/chat.ts';
import type { Tx } from '#db/client.ts';
import { images } from '#db/schema/index.ts';
import type { Text } from '#src/i18n.ts';

/** As much as a menu shows. */
const choicePromptCharsMax = 60;

const extensions = { png: 'png', jpeg: 'jpg', webp: 'webp' } as const;

/**
 * A finished batch's pictures, or those of some numbers, in one message; null when there is none to show. A platform splits it into pages; where
 * the card cannot show the contact sheet and one page is not enough, the sheet comes first.
 */
export async function renderGallery(
  tx: Tx,
  batch: Batch,
  options: { limits: ChatLimits; as: 'pictures' | 'files'; numbers?: readonly number[] | null },
): Promise<OutgoingMessage | null> {
  const found = await tx
    .select()
    .from(images)
    .where(and(eq(images.batchId, batch.id), eq(images.state, 'succeeded')))
    .orderBy(asc(images.number));
  const { limits, as, numbers = null } = options;
  const rows = numbers === null ? found : found.filter(({ number }) => numbers.includes(number));
  if (rows.length === 0) return null;
  const isLong = numbers === null && rows.length > limits.imagesPerMessage;
  const sheetFirst = as === 'pictures' && limits.liveImageEditMinMs === null && isLong;
  return {
    locale: batch.locale,
    timeZone: batch.timeZone,
    audience: 'channel',
    tone: 'success',
    title: { key: 'gallery.title', values: { count: rows.length, batch: batch.id } },
    lines: as === 'pictures' ? [...movedLines(rows, 'gallery.moved'), ...resampledLine(rows)] : [],
    fields: [],
    imagesAs: as,
    images: [...(sheetFirst ? sheetPictures(batch) : []), ...rows.map((row) => pictureOf(batch, row))],
    actions: [
      ...(as === 'pictures' && !limits.keepsOriginals ? originals(batch, numbers) : []),
      ...(as === 'pictures' && rows.length === 1 ? rows.map((row) => workWith(batch, row)) : []),
    ],
    ...(as === 'pictures' && rows.length > 1 ? { choices: choicesOf(batch, rows) } : {}),
  };
}

function originals({ id }: Batch, numbers: readonly number[] | null): OutgoingAction[] {
  const line = ['show', id, ...(numbers ? [typedNumbers(numbers)] : []), '--as files'].join(' ');
  if (Buffer.byteLength(line) > actionIdBytesMax) return [];
  return [{ id: line, label: { key: 'action.originals' }, style: 'secondary' }];
}

type ImageRow = typeof images.$inferSelect;

const pictureLine = ({ id }: Batch, { number }: ImageRow) => `picture ${id} ${number}`;

function workWith(batch: Batch, row: ImageRow): OutgoingAction {
  return { id: pictureLine(batch, row), label: { key: 'gallery.work' }, style: 'secondary' };
}

function choicesOf(batch: Batch, rows: readonly ImageRow[]): OutgoingChoices {
  return {
    label: { key: 'gallery.choose' },
    options: rows.map((row) => ({
      id: pictureLine(batch, row),
      label: {
        key: 'gallery.choice',
        values: { position: row.number, prompt: shorten(row.prompt, choicePromptCharsMax) },
      },
      number: row.number,
    })),
  };
}

/** Who looks at an enlargement would else look for detail that is not there. */
function resampledLine(rows: readonly Pick<ImageRow, 'warnings'>[]): Text[] {
  return rows.some(({ warnings }) => warnings.includes('resampled')) ? [{ key: 'warnings.resampled' }] : [];
}

export function pictureOf(batch: Batch, row: ImageRow): OutgoingImage {
  if (row.original === null || row.type === null) throw new Error(`image ${row.id} succeeded without a picture`);
  return {
    blob: row.original,
    type: row.type,
    width: row.width,
    height: row.height,
    number: row.number,
    name: `${batch.id}-${row.number}.${extensions[row.type]}`,
    alt: {
      key: 'picture.alt',
      values: { number: row.number, total: batch.total, prompt: shorten(wordsOf(row), altPromptCharsMax) },
    },
  };
}
