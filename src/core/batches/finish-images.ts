import { type SQL, sql } from 'drizzle-orm';
import type { Job } from '#core/ports/queue.ts';
import { inBudget, reachedBy, tellOfBudget } from '#core/quotas/budget.ts';
import type { Tx } from '#db/client.ts';
import type { ImageState } from '#db/schema/images.ts';

export interface Finish {
  ids: readonly bigint[];
  from: ImageState;
  to: 'succeeded' | 'failed' | 'blocked' | 'cancelled';
  /** More columns of the image to write. */
  set?: SQL;
  /** What the provider is paid for each. */
  cost?: { micros: number; currency: string };
}

/**
 * Ends images, once: state, ledger (settle or refund), the periods that they count in, the batch's count and its card, in one
 * statement whose parts run in this order. Images no longer in `from` are left alone, so a second run changes nothing.
 * Resolves to how many ended and, when they were the batch's last, the job that posts its gallery.
 */
export async function finishImages(tx: Tx, finish: Finish): Promise<{ count: number; jobs: Job[] }> {
  if (finish.ids.length === 0) return { count: 0, jobs: [] };
  const kind = finish.to === 'succeeded' ? 'settle' : 'refund';
  const ids = sql`array[${sql.join(
    finish.ids.map((id) => sql`${String(id)}::bigint`),
    sql`, `,
  )}]`;
  const { cost } = finish;
  const paid = cost ? inBudget(sql`${cost.micros}::bigint`, sql`${cost.currency}::text`) : sql`0`;
  const [row] = await tx.execute<{
    count: number;
    batchId: string;
    workspaceId: string;
    requestId: string;
    unfinished: number;
    due: boolean | null;
  }>(sql`
    with ended as (
      update images set state = ${finish.to}, finished_at = now(), worker_id = null${finish.set ? sql`, ${finish.set}` : sql``}
      where id = any(${ids}) and state = ${finish.from}
      returning id, workspace_id, person_id, batch_id, credits, period, counts_in_id, cost_micros, cost_currency
    ), booked as (
      insert into ledger (workspace_id, person_id, kind, source, credits, period, money_micros, currency)
      select workspace_id, person_id, ${kind}, 'image:' || id, credits, period,
        ${finish.cost?.micros ?? 0}, ${finish.cost?.currency ?? 'USD'} from ended
      on conflict (source, kind) do nothing
      returning workspace_id, person_id, period, credits, source
    ), days as (
      update quotas q set held = q.held - day.credits, spent = q.spent + ${kind === 'settle' ? sql`day.credits` : sql`0`},
        granted = q.granted - day.to_grants
      from (select sums.*, ${kind === 'refund' ? sql`least(own.granted, sums.credits)` : sql`0`} as to_grants
        from (select workspace_id, person_id, period, sum(credits)::int as credits from booked group by 1, 2, 3) sums
        join quotas own using (workspace_id, person_id, period) for update of own) day
      where q.workspace_id = day.workspace_id and q.person_id = day.person_id and q.period = day.period
      returning q.workspace_id, q.person_id, q.period, day.to_grants
    ), freed as (${kind === 'refund' ? freedCounters : sql`select 1 from days`}
    ), money as (
      update budget_months m set used_micros = m.used_micros + b.delta, reached = greatest(m.reached, ${reachedBy(sql`(m.used_micros + b.delta)`)})
      from (select b.workspace_id, b.currency, b.amount_micros, date_trunc('month', e.period::timestamp)::date as month,
          sum(${paid} - ${inBudget(sql`e.cost_micros`, sql`e.cost_currency`)})::bigint as delta
        from ended e join booked k on k.source = 'image:' || e.id join budgets b on b.workspace_id = e.workspace_id
        where e.cost_micros is not null and (select count(*) from freed) >= 0 group by 1, 2, 3, 4) b
      where m.workspace_id = b.workspace_id and m.currency = b.currency and m.period = b.month
      returning m.reached > m.told as due
    ), counted as (
      update batches set unfinished = unfinished - counts.count,
        finished_at = case when unfinished = counts.count then now() else finished_at end
      from (select batch_id, count(*)::int as count from ended group by 1) counts
      where batches.id = counts.batch_id and (select count(*) from money) >= 0
      returning batches.id, batches.workspace_id, batches.request_id, batches.unfinished, counts.count
    ), raised as (
      update postings set wanted = wanted + 1, attempts = 0 from counted
      where postings.batch_id = counted.id and postings.kind = 'status'
      returning 1
    )
    select count, id as "batchId", workspace_id as "workspaceId", request_id as "requestId", unfinished,
      pg_notify('easel_postings', ''), (select count(*) from raised) as raised, (select bool_or(due) from money) as due
    from counted`);
  if (!row) return { count: 0, jobs: [] };
  if (row.due) await tellOfBudget(tx, row.workspaceId);
  const jobs = row.unfinished === 0 ? [galleryJob(row.workspaceId, row.batchId, row.requestId)] : [];
  return { count: row.count, jobs };
}

/** What was `booked` returns to the periods of its reserve, what grants gave first, whose rows are locked in the order in which a reserve locks them. */
const freedCounters = sql`
  update credit_counters c set used = c.used - locked.credits
  from (select k.workspace_id, k.scope, k.scope_id, k.kind, k.period,
  sums.credits - case k.scope when 'person' then days.to_grants else 0 end as credits
  from (select e.workspace_id, e.person_id, e.counts_in_id, e.period, date_trunc('month', e.period::timestamp)::date as month,
  sum(e.credits)::int as credits
  from ended e join booked b on b.source = 'image:' || e.id where e.counts_in_id is not null group by 1, 2, 3, 4, 5) sums
  join days using (workspace_id, person_id, period)
  join credit_counters k on k.workspace_id = sums.workspace_id
  and (k.scope, k.scope_id) in (('person', sums.person_id), ('channel', sums.counts_in_id), ('workspace', sums.workspace_id))
  and (k.kind, k.period) in (('day', sums.period), ('month', sums.month))
  order by k.scope = 'workspace', k.scope = 'channel', k.kind for update of k) locked
  where (c.workspace_id, c.scope, c.scope_id, c.kind, c.period)
  = (locked.workspace_id, locked.scope, locked.scope_id, locked.kind, locked.period)
  returning 1`;

/** The job that posts a finished batch's gallery; its id keeps it from being queued twice. */
export function galleryJob(workspaceId: string, batchId: string, requestId: string): Job & { id: string } {
  return { name: 'post-gallery', id: `post-gallery-${batchId}`, data: { workspaceId, batchId, requestId } };
}
