import { inArray } from 'drizzle-orm';
import { numberRuns } from '#core/batches/number-runs.ts';
import { shorten } from '#core/batches/shorten.ts';
import { send, type Tx } from '#db/client.ts';
import { images } from '#db/schema/index.ts';
import type { Text } from '#src/i18n.ts';

const promptCharsMax = 200;

type ImageRow = typeof images.$inferSelect;

/** A picture that others were made again from. */
export type Origin = Pick<ImageRow, 'batchId' | 'number' | 'prompt'>;

/** What pictures were made again from; asks nothing where they were not. */
export async function findOrigins(tx: Tx, rows: readonly Pick<ImageRow, 'originId'>[]): Promise<Origin[]> {
  const ids = [...new Set(rows.flatMap(({ originId }) => originId ?? []))];
  if (ids.length === 0) return [];
  const shown = { batchId: images.batchId, number: images.number, prompt: images.prompt };
  return send(tx.select(shown).from(images).where(inArray(images.id, ids)));
}

/** One line a batch, and what the prompt was where it is another one now. */
export function originLines(origins: readonly Origin[], rows: readonly Pick<ImageRow, 'prompt'>[]): Text[] {
  const from = [...Map.groupBy(origins, ({ batchId }) => batchId)].map(([batch, pictures]): Text => {
    const numbers = numberRuns(pictures.map(({ number }) => number));
    return { key: 'card.origin', values: { batch, numbers: { list: numbers } } };
  });
  const before = [...new Set(origins.map(({ prompt }) => prompt))].filter(
    (prompt) => !rows.some((row) => row.prompt === prompt),
  );
  const changed = before.map(
    (prompt): Text => ({ key: 'card.promptBefore', values: { prompt: shorten(prompt, promptCharsMax) } }),
  );
  return [...from, ...changed];
}
