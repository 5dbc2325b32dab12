import { and, desc, inArray, sql } from 'drizzle-orm';
import { type Actor, hasRole } from '#core/actor.ts';
import { numberRuns } from '#core/batches/number-runs.ts';
import { promptChange } from '#core/batches/prompt-change.ts';
import { shorten } from '#core/batches/shorten.ts';
import { send, type Tx } from '#db/client.ts';
import { images } from '#db/schema/index.ts';
import type { Text } from '#src/i18n.ts';

const promptCharsMax = 200;
const changeCharsMax = 150;
const descendantsMax = 5;

type ImageRow = typeof images.$inferSelect;

/** A picture that others were made again from. */
export type Origin = Pick<ImageRow, 'batchId' | 'number' | 'prompt' | 'original'>;

/** What pictures were made again from; asks nothing where they were not. */
export async function findOrigins(tx: Tx, rows: readonly Pick<ImageRow, 'originId'>[]): Promise<Origin[]> {
  const ids = [...new Set(rows.flatMap(({ originId }) => originId ?? []))];
  if (ids.length === 0) return [];
  const { batchId, number, prompt, original } = images;
  const shown = { batchId, number, prompt, original };
  return send(tx.select(shown).from(images).where(inArray(images.id, ids)));
}

/** A batch that was made from pictures, with those of its own that were. */
export interface Descendant {
  batchId: string;
  numbers: number[];
}

/** What was made from pictures, as far as the actor may see it: the newest batches. */
export async function findDescendants(
  tx: Tx,
  actor: Actor,
  rows: readonly Pick<ImageRow, 'id'>[],
): Promise<Descendant[]> {
  const from = inArray(
    images.originId,
    rows.map(({ id }) => id),
  );
  return tx
    .select({
      batchId: images.batchId,
      numbers: sql<number[]>`array_agg(${images.number} order by ${images.number})`,
    })
    .from(images)
    .where(hasRole(actor, 'admin') ? from : and(from, inArray(images.personId, [...actor.personIds])))
    .groupBy(images.batchId)
    .orderBy(desc(sql`max(${images.id})`))
    .limit(descendantsMax);
}

/** One line a batch, and what the prompt was where it is another one now. */
export function originLines(origins: readonly Origin[], rows: readonly Pick<ImageRow, 'prompt' | 'source'>[]): Text[] {
  const from = [...Map.groupBy(origins, ({ batchId }) => batchId)].map(([batch, pictures]): Text => {
    const numbers = { list: numberRuns(pictures.map(({ number }) => number)) };
    // An enlargement that is made again has the same source as the one before, not that one itself.
    const source = rows.find((row) => pictures.some(({ original }) => row.source?.blob === original))?.source;
    if (source) return { key: 'card.enlarged', values: { factor: source.factor, batch, numbers } };
    return { key: 'card.origin', values: { batch, numbers } };
  });
  const before = [...new Set(origins.map(({ prompt }) => prompt))].filter(
    (prompt) => !rows.some((row) => row.prompt === prompt),
  );
  const now = [...new Set(rows.map(({ prompt }) => prompt))];
  const [only] = now.length === 1 && before.length === 1 ? now : [];
  return [...from, ...before.map((prompt) => changeLine(prompt, only))];
}

/** What is another word now; where that is all of them, the prompt as it was. */
function changeLine(prompt: string, now: string | undefined): Text {
  const change = now === undefined ? undefined : promptChange(prompt, now);
  if (!change) return { key: 'card.promptBefore', values: { prompt: shorten(prompt, promptCharsMax) } };
  const values = {
    before: shorten(change.before, changeCharsMax),
    after: shorten(change.after, changeCharsMax),
  };
  if (change.before === '') return { key: 'card.promptAdded', values };
  return { key: change.after === '' ? 'card.promptLeftOut' : 'card.promptChanged', values };
}
