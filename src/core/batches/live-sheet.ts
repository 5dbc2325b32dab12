import { createHash } from 'node:crypto';
import type { Batch } from '#core/batches/find-batch.ts';
import { sheetTilesMax, tileSize, tileState } from '#core/batches/sheet-tiles.ts';
import { altPromptCharsMax, shorten } from '#core/batches/shorten.ts';
import type { Deps } from '#core/deps.ts';
import type { OutgoingImage } from '#core/ports/message.ts';
import { blurredKey } from '#core/safety/blurred-blobs.ts';
import { isOpen, type Showing } from '#core/safety/showing.ts';
import type { images } from '#db/schema/index.ts';
import { layoutSheet } from '#media/layout.ts';
import type { LiveCell } from '#media/live-sheet.ts';

/** A running card shows as many pictures one by one; those of a larger batch come as one numbered sheet. */
export const livePicturesMax = 4;

type ImageRow = typeof images.$inferSelect;

/** The contact sheet of a running batch, not drawn yet. */
export interface LiveSheet {
  /** As the card shows it once it is drawn. */
  image: OutgoingImage;
  /** Of its cells, in order. */
  rows: readonly ImageRow[];
  showing: Showing;
}

/**
 * What the card of a large batch shows until its final sheets are there: the sheet on which an image ended last, as a
 * card is too small for several. Undefined for a small batch, and while no picture is there. `rows` are all of the
 * batch, in the order of their numbers.
 */
export function liveSheetOf(batch: Batch, rows: readonly ImageRow[], showing: Showing): LiveSheet | undefined {
  if (batch.galleryAt || batch.total <= livePicturesMax || !rows.some(hasPicture)) return undefined;
  const shown = newestPage(rows);
  const image: OutgoingImage = {
    blob: blobOf(batch),
    type: 'jpeg',
    ...sizeOf(shown),
    name: `${batch.id}-sheet.jpg`,
    alt: {
      key: 'picture.liveSheetAlt',
      values: {
        done: shown.filter((row) => row.thumbnail !== null).length,
        count: shown.length,
        prompt: shorten(batch.prompt, altPromptCharsMax),
      },
    },
  };
  return { image, rows: shown, showing };
}

function sizeOf(rows: readonly ImageRow[]) {
  const { width, height } = layoutSheet(rows.map(tileSize));
  return { width, height };
}

const hasPreview = (row: ImageRow) => row.partial !== null && row.state === 'dispatched';
/** Whether a running card has something to show of an image. */
export const hasPicture = (row: ImageRow) => row.thumbnail !== null || hasPreview(row);

function newestPage(rows: readonly ImageRow[]): readonly ImageRow[] {
  const endedAt = rows.map((row) => row.finishedAt?.getTime() ?? 0);
  const newest = endedAt.indexOf(Math.max(...endedAt));
  const first = newest - (newest % sheetTilesMax);
  return rows.slice(first, first + sheetTilesMax);
}

/** One file a batch, which the next sheet replaces. */
function blobOf({ workspaceId, id }: Pick<Batch, 'workspaceId' | 'id'>): string {
  return `${workspaceId}/partial-sheet-${id}`;
}

/**
 * Draws the sheet where it can be sent from; not in a transaction. Resolves to the image to send, or to undefined when it
 * cannot be drawn now: it is a courtesy, without which the card is shown all the same.
 */
export async function drawLiveSheet(
  deps: Pick<Deps, 'blobs' | 'sheets' | 'log'>,
  { image, rows, showing }: LiveSheet,
): Promise<OutgoingImage | undefined> {
  const tell = (error: unknown, number: string) =>
    deps.log.warn({ err: error, sheet: image.name, number }, 'a picture could not be put on the sheet');
  try {
    const cells = await Promise.all(
      rows.map((row) => cellOf(deps, row, showing, (error) => tell(error, String(row.number)))),
    );
    const key = `${image.blob}/${rows[0]?.number}`;
    const { bytes, width, height } = await deps.sheets.draw(key, cells, (error, { label }) => tell(error, label));
    await deps.blobs.putTemporary(image.blob, bytes);
    // Its bytes are named too: a platform that knows files by name must not take this sheet for the one before.
    const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 8);
    return { ...image, width, height, name: image.name.replace(/\.jpg$/, `-${digest}.jpg`) };
  } catch (error) {
    deps.log.warn({ err: error, sheet: image.name }, 'a sheet could not be drawn');
    return undefined;
  }
}

async function cellOf(
  { blobs }: Pick<Deps, 'blobs'>,
  row: ImageRow,
  showing: Showing,
  onUnreadable: (error: unknown) => void,
): Promise<LiveCell> {
  const state = tileState(row);
  const cell: LiveCell = { label: String(row.number), size: tileSize(row), shows: state, state, read: null };
  const { thumbnail, partial } = row;
  if (thumbnail !== null) {
    const shows = isOpen(row, showing) ? thumbnail : blurredKey(thumbnail);
    return { ...cell, shows, read: () => blobs.read(shows) };
  }
  if (partial === null || !hasPreview(row)) return cell;
  try {
    // Previews replace each other under one key, so what they show is known from their bytes alone.
    const bytes = await blobs.read(showing.previews ? partial : blurredKey(partial));
    return { ...cell, shows: createHash('sha256').update(bytes).digest('hex'), read: async () => bytes };
  } catch (error) {
    onUnreadable(error);
    return cell;
  }
}

/**
 * Nothing shows the sheet any more: its file and its pixels go. To be done before what says so is written down, so that
 * it is done again when this process dies in between.
 */
export async function forgetLiveSheet(
  deps: Pick<Deps, 'blobs' | 'sheets'>,
  batch: Pick<Batch, 'workspaceId' | 'id'>,
): Promise<void> {
  const blob = blobOf(batch);
  deps.sheets.forget(`${blob}/`);
  await deps.blobs.delete(blob);
}
