import { and, eq } from 'drizzle-orm';
import type { Tx } from '#db/client.ts';
import { settings } from '#db/schema/index.ts';

/** Whose settings: a workspace's, one of its channels', or what an operator laid on it. */
export type LayerPlace = Pick<Layer, 'workspaceId' | 'scope' | 'scopeId'>;
export type Layer = typeof settings.$inferSelect;

/** What is set in a place, which nobody else changes before the transaction has ended. */
export async function lockLayer(tx: Tx, place: LayerPlace): Promise<Layer> {
  await tx.insert(settings).values(place).onConflictDoNothing();
  const [layer] = await tx.select().from(settings).where(isIn(place)).for('update');
  if (!layer) throw new Error(`no settings of ${place.scope} ${place.scopeId}`);
  return layer;
}

/** Writes into a layer that was locked; what is undefined stays as it is. */
export async function writeLayer(
  tx: Tx,
  place: LayerPlace,
  values: Partial<Omit<typeof settings.$inferInsert, keyof LayerPlace>>,
): Promise<void> {
  await tx.update(settings).set(values).where(isIn(place));
}

const isIn = ({ workspaceId, scope, scopeId }: LayerPlace) =>
  and(eq(settings.workspaceId, workspaceId), eq(settings.scope, scope), eq(settings.scopeId, scopeId));
