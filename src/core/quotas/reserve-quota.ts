import { sql } from 'drizzle-orm';
import type { CommandContext } from '#core/commands/define.ts';
import { UserError, type UserErrors } from '#core/errors.ts';
import { findLimits, type Limit, leftOf, tightest, wantedLimits } from '#core/quotas/limits.ts';
import { send, type Tx } from '#db/client.ts';

type Asking = Pick<CommandContext, 'actor' | 'channelId' | 'settings' | 'deps'>;

const codes = {
  'person day': 'quota.exceeded',
  'person month': 'quota.personMonth',
  'channel day': 'quota.channelDay',
  'channel month': 'quota.channelMonth',
  'workspace day': 'quota.workspaceDay',
  'workspace month': 'quota.workspaceMonth',
} as const satisfies Record<string, keyof UserErrors>;

/**
 * Takes credits out of every period that they count in: the person's day and month, the channel's, the workspace's. One
 * conditional statement, which locks the rows in the same order for everybody and takes from each what its limit allows, so
 * that any number of requests at once stay within all limits.
 * @throws {UserError} `quota.*` for the limit that is in the way; then the transaction must not be committed.
 */
export async function reserveQuota(tx: Tx, context: Asking, credits: number): Promise<void> {
  const reserved = tx.execute<{ scope: string; kind: string }>(sql`
    with ${wantedLimits(context, credits)}, day as (
      insert into quotas as q (workspace_id, person_id, period, held)
      select w.workspace_id, w.scope_id, w.period, case when a.credits <= w.most then a.credits else 0 end
      from wanted w, asked a where position = 0
      on conflict (workspace_id, person_id, period) do update set held = q.held + (select credits from asked)
      where q.held + q.spent + (select credits from asked) <= (select most from wanted where position = 0)
      returning held
    ), others as (
      insert into credit_counters as c (workspace_id, scope, scope_id, kind, period, used)
      select w.workspace_id, w.scope, w.scope_id, w.kind, w.period, case when a.credits <= w.most then a.credits else 0 end
      from wanted w, asked a where position > 0 and (select count(*) from day) >= 0 order by position
      on conflict (workspace_id, scope, scope_id, kind, period) do update set used = c.used + (select credits from asked)
      where c.used + (select credits from asked) <= (select most from wanted w where w.scope = c.scope and w.kind = c.kind)
      returning scope, kind, used
    )
    select 'person' as scope, 'day' as kind from day, asked where held >= credits
    union all select scope, kind from others, asked where used >= credits`);
  const taken = await send(reserved);
  if (taken.length === 6) return;
  // Those that were taken from show it.
  const limits = (await findLimits(tx, context)).map((limit) =>
    taken.some(({ scope, kind }) => scope === limit.scope && kind === limit.kind)
      ? { ...limit, used: limit.used - credits }
      : limit,
  );
  throw refusal(tightest(limits.filter((limit) => leftOf(limit) < credits)), credits);
}

function refusal(limit: Limit, needed: number): UserError {
  return new UserError(codes[`${limit.scope} ${limit.kind}`], {
    needed,
    left: leftOf(limit),
    limit: limit.most ?? 0,
    resetsAt: limit.resetsAt.toISOString(),
  });
}
