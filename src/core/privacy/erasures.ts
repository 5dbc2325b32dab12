import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Actor } from '#core/actor.ts';
import type { Deps } from '#core/deps.ts';
import type { Tx } from '#db/client.ts';
import { erasures } from '#db/schema/index.ts';

/** So long what was asked for can be taken back. */
const undoMs = 24 * 60 * 60_000;

export type Erasure = typeof erasures.$inferSelect;

/** When all about a person will be deleted, where they asked for that. */
export async function findErasure(tx: Tx, { personId }: Pick<Actor, 'personId'>): Promise<Erasure | undefined> {
  const [row] = await tx
    .select()
    .from(erasures)
    .where(and(eq(erasures.personId, personId), isNull(erasures.doneAt)));
  return row;
}

/** Has all about a person deleted after a day; asked again, the first time counts. */
export async function askErasure(tx: Tx, deps: Pick<Deps, 'now'>, actor: Actor): Promise<Erasure> {
  await tx.execute(sql`select 1 from people where id = ${actor.personId} for no key update`);
  const askedAt = deps.now();
  const dueAt = new Date(askedAt.getTime() + undoMs);
  const row = { personId: actor.personId, askedAt, dueAt };
  await tx.insert(erasures).values(row).onConflictDoNothing();
  return (await findErasure(tx, actor)) ?? { ...row, erasedAt: null, doneAt: null };
}

/** Whether it could still be taken back. */
export async function takeBackErasure(tx: Tx, deps: Pick<Deps, 'now'>, { personId }: Actor): Promise<boolean> {
  const isOpen = sql`${erasures.erasedAt} is null and ${erasures.dueAt} > ${deps.now().toISOString()}`;
  const taken = await tx
    .delete(erasures)
    .where(and(eq(erasures.personId, personId), isOpen))
    .returning({ personId: erasures.personId });
  return taken.length > 0;
}
