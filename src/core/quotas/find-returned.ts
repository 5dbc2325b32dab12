import { and, eq, inArray, sql } from 'drizzle-orm';
import type { CommandContext } from '#core/commands/define.ts';
import { quotaPeriod } from '#core/quotas/period.ts';
import type { Tx } from '#db/client.ts';
import { ledger } from '#db/schema/index.ts';

/** The credits of a person's day, on all their accounts, that came back. */
export async function findReturned(
  tx: Tx,
  { actor, deps, settings }: Pick<CommandContext, 'actor' | 'deps' | 'settings'>,
): Promise<number> {
  const [row] = await tx
    .select({ credits: sql<number>`coalesce(sum(${ledger.credits}), 0)::int` })
    .from(ledger)
    .where(
      and(
        eq(ledger.workspaceId, actor.workspaceId),
        inArray(ledger.personId, actor.personIds),
        eq(ledger.period, quotaPeriod(deps.now(), settings.timeZone)),
        eq(ledger.kind, 'refund'),
      ),
    );
  return row?.credits ?? 0;
}
