import { inArray } from 'drizzle-orm';
import { numberRuns } from '#core/batches/number-runs.ts';
import type { Tx } from '#db/client.ts';
import { images } from '#db/schema/index.ts';
import type { Text } from '#src/i18n.ts';

type ImageRow = typeof images.$inferSelect;

/** A picture that others were made again from. */
export type Origin = Pick<ImageRow, 'batchId' | 'number'>;

/** What pictures were made again from; asks nothing where they were not. */
export async function findOrigins(tx: Tx, rows: readonly Pick<ImageRow, 'originId'>[]): Promise<Origin[]> {
  const ids = [...new Set(rows.flatMap(({ originId }) => originId ?? []))];
  if (ids.length === 0) return [];
  return tx.select({ batchId: images.batchId, number: images.number }).from(images).where(inArray(images.id, ids));
}

/** One line a batch. */
export function originLines(origins: readonly Origin[]): Text[] {
  return [...Map.groupBy(origins, ({ batchId }) => batchId)].map(([batch, pictures]) => ({
    key: 'card.origin',
    values: { batch, numbers: { list: numberRuns(pictures.map(({ number }) => number)) } },
  }));
}
