import { sql } from 'drizzle-orm';
import type { CommandContext } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import { usedIn } from '#core/quotas/budget.ts';
import { quotaPeriod, quotaResetsAt } from '#core/quotas/period.ts';
import type { Budget } from '#core/quotas/read-budget.ts';
import { send, type Tx } from '#db/client.ts';

/**
 * Holds the month of a workspace to the money that an operator lets it cost, whatever its own budget says. What was spent and
 * what is held, a batch that was just written included, is counted rather than kept: the cap itself bounds how many rows that
 * are. It has to be sent behind `reserveQuota`, which leaves the row of the workspace's month locked, so that of many requests
 * at once each sees those before it.
 * @throws {UserError} `budget.operator`; then the transaction must not be committed.
 */
export async function requireMoneyCap(tx: Tx, { actor, deps, settings }: CommandContext): Promise<void> {
  const cap = settings.caps.moneyMonth;
  if (cap === null) return;
  const used = await findCapUse(tx, actor.workspaceId, cap, quotaPeriod(deps.now(), settings.timeZone, 'month'));
  if (used <= cap.amountMicros) return;
  throw new UserError('budget.operator', {
    resetsAt: quotaResetsAt(deps.now(), settings.timeZone, 'month').toISOString(),
  });
}

/** What a month, `YYYY-MM-01`, has cost and holds, in millionths of the cap's currency. */
export async function findCapUse(tx: Tx, workspaceId: string, { rates }: Budget, month: string): Promise<number> {
  const counted = tx.execute<{ used: string }>(sql`
    with b as (select ${workspaceId}::uuid as workspace_id, ${JSON.stringify(rates)}::jsonb as rates)
    select (${usedIn(month)})::text as used from b`);
  const [row] = await send(counted);
  return Number(row?.used ?? 0);
}
