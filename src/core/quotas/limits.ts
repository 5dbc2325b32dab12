import { type SQL, sql } from 'drizzle-orm';
import type { CommandContext } from '#core/commands/define.ts';
import { type PeriodKind, quotaPeriod, quotaResetsAt } from '#core/quotas/period.ts';
import type { Tx } from '#db/client.ts';

export type LimitScope = 'person' | 'channel' | 'workspace';

/** What may be used in a period, in credits. */
export interface Limit {
  scope: LimitScope;
  kind: PeriodKind;
  /** Undefined where there is none. */
  most: number | undefined;
  /** Held and spent together; of a person's, without what comes out of grants. */
  used: number;
  /** What is held and what was granted of all that a person's day holds and spent, on all their accounts; of others 0. */
  held: number;
  granted: number;
  /** Whether it is an operator's, which is no more than the workspace's own. */
  capped: boolean;
  resetsAt: Date;
}

type Asking = Pick<CommandContext, 'actor' | 'channelId' | 'settings' | 'deps'>;

/** Stands for no limit, and is more than anybody can use. */
const boundless = 2_147_483_647;

/**
 * `asked` and `wanted` for a `with`: what is asked for, and every period that it counts in with the most that may be used
 * there, in the order in which their rows are locked. A person's own limit stands in place of their role's; `others` is what
 * accounts that were linked have used, which `most` is without.
 */
export function wantedLimits({ actor, channelId, settings, deps }: Asking, credits: number): SQL {
  const day = quotaPeriod(deps.now(), settings.timeZone);
  return sql`
    asked as (
      select ${actor.workspaceId}::uuid as workspace_id, ${actor.personId}::uuid as person_id, ${channelId}::uuid as channel_id,
        ${actor.role}::text as role, ${settings.credits[actor.role]}::int as role_day, ${day}::date as day, ${credits}::int as credits
    ), places as (
      select workspace_id, position, scope, scope_id, kind, role, role_day,
        case kind when 'day' then day else date_trunc('month', day::timestamp)::date end as period
      from asked, lateral (values (0, 'person', person_id, 'day'), (1, 'person', person_id, 'month'), (2, 'channel', channel_id, 'day'),
        (3, 'channel', channel_id, 'month'), (4, 'workspace', workspace_id, 'day'), (5, 'workspace', workspace_id, 'month')
      ) place (position, scope, scope_id, kind)
    ), wanted as (
      select p.workspace_id, p.position, p.scope, p.scope_id, p.kind, p.period, others,
        least(cap, coalesce(own.credits, of_role.credits, case position when 0 then role_day end, ${sql.raw(String(boundless))})) - others as most,
        coalesce(cap <= coalesce(own.credits, ${sql.raw(String(boundless))}), false) as capped
      from places p
      cross join lateral (select ${usedBefore(actor)} as others, case position when 4 then ${settings.caps.creditsDay}::int end as cap) before
      left join credit_limits own on own.workspace_id = p.workspace_id and own.scope = p.scope
        and own.scope_id = p.scope_id::text and own.kind = p.kind
      left join credit_limits of_role on of_role.workspace_id = p.workspace_id and of_role.scope = 'role' and p.scope = 'person'
        and of_role.scope_id = p.role and of_role.kind = p.kind
    )`;
}

/** What a person has used as those that they were before accounts were linked: it counts, and only falls. */
function usedBefore({ personId, personIds }: Asking['actor']): SQL {
  const before = personIds.filter((id) => id !== personId);
  if (before.length === 0) return sql`0`;
  return sql`case p.position
    when 0 then (select coalesce(sum(q.held + q.spent - q.granted), 0)::int from quotas q
      where q.workspace_id = p.workspace_id and q.person_id in ${before} and q.period = p.period)
    when 1 then (select coalesce(sum(c.used), 0)::int from credit_counters c
      where c.workspace_id = p.workspace_id and c.scope = 'person' and c.scope_id in ${before} and c.kind = 'month' and c.period = p.period)
    else 0 end`;
}

/** All limits that hold for somebody in a channel now, a person's day first. */
export async function findLimits(tx: Tx, context: Asking): Promise<Limit[]> {
  const { deps, settings } = context;
  const rows = await tx.execute<Omit<Limit, 'resetsAt'> & { most: number }>(sql`
    with ${wantedLimits(context, 0)}
    select w.scope, w.kind, w.most::bigint + w.others as most, coalesce(c.used, q.held + q.spent - q.granted, 0) + w.others as used, coalesce(whole.held, 0)::int as held, coalesce(whole.granted, 0)::int as granted, w.capped
    from wanted w
    left join quotas q on w.position = 0 and q.workspace_id = w.workspace_id and q.person_id = w.scope_id and q.period = w.period
    left join lateral (select sum(held) as held, sum(granted) as granted from quotas
      where workspace_id = w.workspace_id and person_id in ${context.actor.personIds} and period = w.period) whole on w.position = 0
    left join credit_counters c on c.workspace_id = w.workspace_id and c.scope = w.scope and c.scope_id = w.scope_id
      and c.kind = w.kind and c.period = w.period
    order by w.position`);
  return rows.map(({ most, ...row }) => ({
    ...row,
    most: Number(most) === boundless ? undefined : Number(most),
    resetsAt: quotaResetsAt(deps.now(), settings.timeZone, row.kind),
  }));
}

export function leftOf({ most, used }: Pick<Limit, 'most' | 'used'>): number {
  return most === undefined ? Number.POSITIVE_INFINITY : Math.max(0, most - used);
}

/** What somebody may still ask for, with their grants, which are for their own limits alone. */
export function leftInAll(limits: readonly Limit[], granted: number): number {
  const left = limits.map((limit) => leftOf(limit) + (limit.scope === 'person' ? granted : 0));
  return Math.min(...left);
}

/** The limit with the least left; of several, the one that holds longest. */
export function tightest(limits: readonly Limit[]): Limit {
  const [least] = limits.toSorted(
    (one, other) => leftOf(one) - leftOf(other) || other.resetsAt.getTime() - one.resetsAt.getTime(),
  );
  if (!least) throw new Error('nobody is without limits');
  return least;
}
