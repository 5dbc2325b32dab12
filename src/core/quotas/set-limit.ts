import { and, eq } from 'drizzle-orm';
import type { Actor } from '#core/actor.ts';
import type { PeriodKind } from '#core/quotas/period.ts';
import type { Tx } from '#db/client.ts';
import { creditLimits } from '#db/schema/index.ts';

/** What a limit is of. */
export interface LimitOwner {
  scope: (typeof creditLimits.$inferSelect)['scope'];
  /** The id of the person, channel or workspace; of a role its name. */
  id: string;
}

/** Sets a limit, or with null takes it away; resolves to what it was. */
export async function setLimit(
  tx: Tx,
  { workspaceId }: Actor,
  { scope, id }: LimitOwner,
  kind: PeriodKind,
  credits: number | null,
): Promise<number | null> {
  const row = { workspaceId, scope, scopeId: id, kind };
  const own = and(
    eq(creditLimits.workspaceId, workspaceId),
    eq(creditLimits.scope, scope),
    eq(creditLimits.scopeId, id),
    eq(creditLimits.kind, kind),
  );
  const [known] = await tx.select().from(creditLimits).where(own).for('update');
  if (credits === null) await tx.delete(creditLimits).where(own);
  else
    await tx
      .insert(creditLimits)
      .values({ ...row, credits })
      .onConflictDoUpdate({
        target: [creditLimits.workspaceId, creditLimits.scope, creditLimits.scopeId, creditLimits.kind],
        set: { credits },
      });
  return known?.credits ?? null;
}
