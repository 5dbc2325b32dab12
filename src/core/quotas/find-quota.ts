import { and, eq } from 'drizzle-orm';
import type { Actor } from '#core/actor.ts';
import type { Tx } from '#db/client.ts';
import { quotas } from '#db/schema/index.ts';

/** What a person holds and spent on a day, in credits. */
export async function findQuota(tx: Tx, actor: Actor, period: string): Promise<{ held: number; spent: number }> {
  const [row] = await tx
    .select({ held: quotas.held, spent: quotas.spent })
    .from(quotas)
    .where(
      and(eq(quotas.workspaceId, actor.workspaceId), eq(quotas.personId, actor.personId), eq(quotas.period, period)),
    );
  return row ?? { held: 0, spent: 0 };
}
