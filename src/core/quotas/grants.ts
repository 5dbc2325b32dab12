import { and, asc, eq, gt, inArray } from 'drizzle-orm';
import type { CommandContext } from '#core/commands/define.ts';
import { quotaPeriod } from '#core/quotas/period.ts';
import type { Tx } from '#db/client.ts';
import { grants, ledger, quotas } from '#db/schema/index.ts';

/** A grant, with its first and last day as `YYYY-MM-DD`. */
interface Grant {
  id: string;
  credits: number;
  firstDay: string;
  lastDay: string;
}

export interface OpenGrant extends Grant {
  left: number;
}

/** What of grants was used on a day. */
interface GrantedDay {
  period: string;
  granted: number;
}

/**
 * What is left of each grant after what was used on each day: a day takes from those that hold on it, first from the one
 * that ends first. Which grant a day took from is not kept: so a day that gives back needs no grant to give back to.
 */
export function settleGrants(all: readonly Grant[], days: readonly GrantedDay[]): OpenGrant[] {
  const open = all
    .map((grant) => ({ ...grant, left: grant.credits }))
    .toSorted((one, other) => order(one.lastDay, other.lastDay) || order(one.id, other.id));
  for (const { period, granted } of days.toSorted((one, other) => order(one.period, other.period))) {
    let wanted = granted;
    for (const grant of open) {
      if (grant.firstDay > period || grant.lastDay < period) continue;
      const taken = Math.min(grant.left, wanted);
      grant.left -= taken;
      wanted -= taken;
    }
  }
  return open;
}

const order = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);

/** A person's grants that hold today and have something left. */
export async function findGrants(
  tx: Tx,
  { actor, deps, settings }: Pick<CommandContext, 'actor' | 'deps' | 'settings'>,
  { lock = false }: { lock?: boolean } = {},
): Promise<OpenGrant[]> {
  const { workspaceId, personIds } = actor;
  const own = tx
    .select()
    .from(grants)
    .where(and(eq(grants.workspaceId, workspaceId), inArray(grants.personId, personIds)))
    .orderBy(asc(grants.id));
  const all = await (lock ? own.for('update') : own);
  if (all.length === 0) return [];
  const days = await tx
    .select({ period: quotas.period, granted: quotas.granted })
    .from(quotas)
    .where(and(eq(quotas.workspaceId, workspaceId), inArray(quotas.personId, personIds), gt(quotas.granted, 0)));
  const today = quotaPeriod(deps.now(), settings.timeZone);
  return settleGrants(all, days).filter(
    ({ firstDay, lastDay, left }) => firstDay <= today && lastDay >= today && left > 0,
  );
}

/** Gives somebody credits from today to a day. */
export async function addGrant(
  tx: Tx,
  { actor, deps, settings }: Pick<CommandContext, 'actor' | 'deps' | 'settings'>,
  { personId, credits, lastDay }: { personId: string; credits: number; lastDay: string },
): Promise<string> {
  const firstDay = quotaPeriod(deps.now(), settings.timeZone);
  const { workspaceId } = actor;
  const [grant] = await tx.insert(grants).values({ workspaceId, personId, credits, firstDay, lastDay }).returning();
  if (!grant) throw new Error('the grant that was just written is not there');
  await tx.insert(ledger).values({
    ...{ workspaceId, personId, kind: 'grant', source: `grant:${grant.id}`, credits, period: firstDay },
  });
  return grant.id;
}
