import { sql } from 'drizzle-orm';
import type { CommandContext } from '#core/commands/define.ts';
import { UserError, type UserErrors } from '#core/errors.ts';
import { addGrant, findGrants } from '#core/quotas/grants.ts';
import { findLimits, type Limit, leftInAll, leftOf, tightest, wantedLimits } from '#core/quotas/limits.ts';
import { quotaPeriod } from '#core/quotas/period.ts';
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

/** Whether a refusal is about a person's own limits, which managers may let them pass. */
export const isPersonal = (code: string): boolean =>
  ['quota.exceeded', 'quota.personMonth', 'quota.withGrants'].includes(code);

/**
 * Takes credits out of every period that they count in: the person's day and month, the channel's, the workspace's. One
 * conditional statement, which locks the rows in the same order for everybody and takes from each what its limit allows, so
 * that any number of requests at once stay within all limits. With `granting` what the person's own limits lack is granted to
 * them for today.
 * @throws {UserError} `quota.*` for the limit that is in the way; then the transaction must not be committed.
 */
export async function reserveQuota(
  tx: Tx,
  context: Asking,
  credits: number,
  { granting = false }: { granting?: boolean } = {},
): Promise<void> {
  const reserved = tx.execute<{ scope: string; kind: string }>(sql`
    with ${wantedLimits(context, credits)}, day as (
      insert into quotas as q (workspace_id, person_id, period, held)
      select w.workspace_id, w.scope_id, w.period, case when a.credits <= w.most then a.credits else 0 end
      from wanted w, asked a where position = 0
      on conflict (workspace_id, person_id, period) do update set held = q.held + (select credits from asked)
      where q.held + q.spent - q.granted + (select credits from asked) <= (select most from wanted where position = 0)
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
  const isTaken = (limit: Pick<Limit, 'scope' | 'kind'>) =>
    taken.some(({ scope, kind }) => scope === limit.scope && kind === limit.kind);
  const limits = (await findLimits(tx, context)).map((limit) =>
    isTaken(limit) ? { ...limit, used: limit.used - credits } : limit,
  );
  const short = limits.filter((limit) => leftOf(limit) < credits);
  const isOwn = short.every(({ scope }) => scope === 'person');
  const beyond = isOwn ? await reserveBeyond(tx, context, credits, { limits, isTaken, granting }) : { granted: 0 };
  if (beyond === 'reserved') return;
  if (beyond.granted > 0) {
    const { resetsAt } = tightest(short);
    const left = leftInAll(limits, beyond.granted);
    const { granted } = beyond;
    throw new UserError('quota.withGrants', { needed: credits, left, granted, resetsAt: resetsAt.toISOString() });
  }
  throw refusal(tightest(short.filter(({ scope }) => isOwn || scope !== 'person')), credits);
}

/**
 * What the person's own limits do not allow comes out of their grants. Their day and month are locked by now, their grants
 * next: a grant may be used on either side of midnight. Resolves to what they have where that is not enough.
 */
async function reserveBeyond(
  tx: Tx,
  context: Asking,
  credits: number,
  {
    limits,
    isTaken,
    granting,
  }: {
    limits: readonly Limit[];
    isTaken: (limit: Pick<Limit, 'scope' | 'kind'>) => boolean;
    granting: boolean;
  },
): Promise<'reserved' | { granted: number }> {
  const { actor, deps, settings } = context;
  const own = Math.min(credits, ...limits.filter(({ scope }) => scope === 'person').map(leftOf));
  const beyond = credits - own;
  const open = await findGrants(tx, context, { lock: true });
  const granted = open.reduce((sum, { left }) => sum + left, 0);
  if (granted < beyond && !granting) return { granted };
  const today = quotaPeriod(deps.now(), settings.timeZone);
  if (granted < beyond) {
    await addGrant(tx, context, { personId: actor.personId, credits: beyond - granted, lastDay: today });
  }
  const missing = (kind: 'day' | 'month', wanted: number) =>
    wanted - (isTaken({ scope: 'person', kind }) ? credits : 0);
  await tx.execute(sql`
    update quotas set held = held + ${missing('day', credits)}::int, granted = granted + ${beyond}::int
    where workspace_id = ${actor.workspaceId} and person_id = ${actor.personId}
      and period = ${today}::date`);
  await tx.execute(sql`
    update credit_counters set used = used + ${missing('month', own)}::int
    where workspace_id = ${actor.workspaceId} and scope = 'person' and scope_id = ${actor.personId} and kind = 'month'
      and period = ${quotaPeriod(deps.now(), settings.timeZone, 'month')}::date`);
  return 'reserved';
}

function refusal(limit: Limit, needed: number): UserError {
  return new UserError(limit.capped ? 'quota.operatorDay' : codes[`${limit.scope} ${limit.kind}`], {
    needed,
    left: leftOf(limit),
    limit: limit.most ?? 0,
    resetsAt: limit.resetsAt.toISOString(),
  });
}
