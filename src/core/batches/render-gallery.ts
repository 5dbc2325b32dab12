import { and, asc, eq } from 'drizzle-orm';
import type { Batch } from '#core/batches/find-batch.ts';
import { altPromptCharsMax } from '#core/batches/render-card.ts';
import { shorten } from '#core/batches/shorten.ts';
import type { OutgoingMessage } from '#core/ports/chat.ts';
import type { Tx } from '#db/client.ts';
import { images } from '#db/schema/index.ts';

const extensions = { png: 'png', jpeg: 'jpg', webp: 'webp' } as const;

/** A finished batch's pictures in one message; null when there is none to show. A platform splits it into pages. */
export async function renderGallery(tx: Tx, batch: Batch): Promise<OutgoingMessage | null> {
  const rows = await tx
    .select()
    .from(images)
    .where(and(eq(images.batchId, batch.id), eq(images.state, 'succeeded')))
    .orderBy(asc(images.number));
  if (rows.length === 0) return null;
  return {
    locale: batch.locale,
    timeZone: batch.timeZone,
    audience: 'channel',
    tone: 'success',
    title: { key: 'gallery.title', values: { count: rows.length, batch: batch.id } },
    lines: [],
    fields: [],
    images: rows.map((row) => {
      if (row.original === null || row.type === null) throw new Error(`image ${row.id} succeeded without a picture`);
      return {
        blob: row.original,
        type: row.type,
        width: row.width,
        height: row.height,
        name: `${batch.id}-${row.number}.${extensions[row.type]}`,
        alt: {
          key: 'picture.alt',
          values: { number: row.number, total: batch.total, prompt: shorten(row.prompt, altPromptCharsMax) },
        },
      };
    }),
    actions: [],
  };
}
