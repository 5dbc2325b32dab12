import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { CommandContext } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import { tellAdmins } from '#core/postings/notices.ts';
import { quotaPeriod, quotaResetsAt } from '#core/quotas/period.ts';
import type { Budget } from '#core/quotas/read-budget.ts';
import { send, type Tx } from '#db/client.ts';
import { budgetMonths, budgets } from '#db/schema/index.ts';

/** Micros of a currency of prices in the currency of the budget `b`, rounded for each picture alike wherever it is counted. */
export const inBudget = (micros: SQL, currency: SQL): SQL =>
  sql`round(${micros}::numeric * coalesce((b.rates ->> ${currency})::bigint, 1000000) / 1000000)::bigint`;

/** The share of a budget that is reached, in percent. */
export const reachedBy = (used: SQL): SQL => sql`
  case when ${used} >= b.amount_micros then 100 when ${used} * 10 >= b.amount_micros * 8 then 80
    when ${used} * 2 >= b.amount_micros then 50 else 0 end`;

/**
 * Holds what the pictures of a batch are expected to cost in the workspace's budget, where it has one; admins are told when
 * half of it, four fifths, or so much is used that no further picture like these fits.
 * @throws {UserError} `budget.exceeded`; then the transaction must not be committed.
 */
export async function reserveBudget(tx: Tx, context: CommandContext, batchId: string): Promise<void> {
  const { actor, deps, settings } = context;
  const held = tx.execute<{ needed: boolean; taken: boolean; due: boolean | null }>(sql`
    with b as (
      select * from budgets where workspace_id = ${actor.workspaceId}
    ), cost as (
      select b.*, coalesce(sum(c.micros), 0)::bigint as micros, coalesce(max(c.micros), 0)::bigint as dearest
      from b, lateral (select ${inBudget(sql`i.cost_micros`, sql`i.cost_currency`)} as micros from images i where i.batch_id = ${batchId}) c
      group by b.workspace_id, b.currency, b.amount_micros, b.rates
    ), held as (
      insert into budget_months as m (workspace_id, currency, period, used_micros, reached)
      select workspace_id, currency, date_trunc('month', ${quotaPeriod(deps.now(), settings.timeZone)}::date::timestamp)::date,
        case when micros <= amount_micros then micros else 0 end,
        case when micros + dearest > amount_micros then 100 else ${reachedBy(sql`b.micros`)} end
      from cost b where micros > 0
      on conflict (workspace_id, currency, period) do update set used_micros = m.used_micros + (select micros from cost),
        reached = greatest(m.reached, (select case when m.used_micros + micros + dearest > amount_micros then 100
          else ${reachedBy(sql`(m.used_micros + b.micros)`)} end from cost b))
      where m.used_micros + (select micros from cost) <= (select amount_micros from cost)
      returning used_micros, reached > told as due
    )
    select micros > 0 as needed, exists (select from held where used_micros >= micros) as taken, (select due from held) as due from cost`);
  const [row] = await send(held);
  if (!row?.needed) return;
  if (!row.taken) {
    throw new UserError('budget.exceeded', {
      resetsAt: quotaResetsAt(deps.now(), settings.timeZone, 'month').toISOString(),
    });
  }
  if (row.due) await tellOfBudget(tx, actor.workspaceId);
}

/** Money that nothing was held for, such as that of words that were written out. */
export async function countMoney(
  tx: Tx,
  { workspaceId, period, micros, currency }: { workspaceId: string; period: string; micros: number; currency: string },
): Promise<void> {
  const [row] = await tx.execute<{ due: boolean }>(sql`
    update budget_months m set used_micros = used_micros + ${inBudget(sql`${micros}::bigint`, sql`${currency}::text`)},
      reached = greatest(reached, ${reachedBy(sql`(used_micros + ${inBudget(sql`${micros}::bigint`, sql`${currency}::text`)})`)})
    from budgets b where b.workspace_id = ${workspaceId} and m.workspace_id = b.workspace_id and m.currency = b.currency
      and m.period = date_trunc('month', ${period}::date::timestamp)::date
    returning reached > told as due`);
  if (row?.due) await tellOfBudget(tx, workspaceId);
}

/** Tells the admins of the share that was reached, once for each share and month, as the row is held till the commit. */
export async function tellOfBudget(tx: Tx, workspaceId: string): Promise<void> {
  const rows = await tx.execute<{ reached: number; currency: string; used: string; amount: string }>(sql`
    update budget_months m set told = reached from budgets b
    where b.workspace_id = ${workspaceId} and m.workspace_id = b.workspace_id and m.currency = b.currency and m.told < m.reached
    returning m.reached, m.currency, m.used_micros::text as used, b.amount_micros::text as amount`);
  for (const { reached, currency, used, amount } of rows) {
    const values = {
      percent: reached,
      used: { micros: Number(used), currency },
      amount: { micros: Number(amount), currency },
    };
    const line =
      reached === 100
        ? ({ key: 'budget.warning.all', values } as const)
        : ({ key: 'budget.warning.part', values } as const);
    await tellAdmins(tx, workspaceId, { lines: [line], tone: 'warning' });
  }
}

export async function findBudget(
  tx: Tx,
  { actor, deps, settings }: CommandContext,
): Promise<(Budget & { usedMicros: number }) | undefined> {
  const period = quotaPeriod(deps.now(), settings.timeZone, 'month');
  const [row] = await tx
    .select({ budget: budgets, usedMicros: budgetMonths.usedMicros })
    .from(budgets)
    .leftJoin(
      budgetMonths,
      and(
        eq(budgetMonths.workspaceId, budgets.workspaceId),
        eq(budgetMonths.currency, budgets.currency),
        eq(budgetMonths.period, period),
      ),
    )
    .where(eq(budgets.workspaceId, actor.workspaceId));
  return row && { ...row.budget, usedMicros: row.usedMicros ?? 0 };
}

/** What a month, `YYYY-MM-01`, of the workspace of the budget `b` has cost and holds, counted anew, in the budget's currency. */
export function usedIn(month: string): SQL {
  const within = (row: SQL) => sql`${row}.workspace_id = b.workspace_id
    and ${row}.period >= ${month}::date and ${row}.period < (${month}::date + interval '1 month')::date`;
  const held = (state: 'queued' | 'dispatched') => sql`coalesce((
    select sum(${inBudget(sql`i.cost_micros`, sql`i.cost_currency`)}) from images i
    where ${within(sql`i`)} and i.state = ${sql.raw(`'${state}'`)}), 0)`;
  return sql`coalesce((select sum(${inBudget(sql`l.money_micros`, sql`l.currency`)}) from ledger l
    where ${within(sql`l`)} and l.money_micros > 0), 0) + ${held('queued')} + ${held('dispatched')}`;
}

/** Sets the budget, or with undefined takes it away. What the month has cost so far, and what is held, counts from the beginning. */
export async function setBudget(tx: Tx, context: CommandContext, budget: Budget | undefined): Promise<void> {
  const { workspaceId } = context.actor;
  if (!budget) {
    await tx.delete(budgets).where(eq(budgets.workspaceId, workspaceId));
    return;
  }
  await tx
    .insert(budgets)
    .values({ workspaceId, ...budget })
    .onConflictDoUpdate({ target: budgets.workspaceId, set: budget });
  const month = quotaPeriod(context.deps.now(), context.settings.timeZone, 'month');
  await tx.execute(sql`
    with b as (select * from budgets where workspace_id = ${workspaceId}), used as (
      select ${usedIn(month)} as micros from b
    ), counted as (
      select b.*, used.micros::bigint as micros, ${reachedBy(sql`used.micros`)} as reached from b, used
    )
    insert into budget_months (workspace_id, currency, period, used_micros, reached, told)
    select workspace_id, currency, ${month}::date, micros, reached, reached from counted
    on conflict (workspace_id, currency, period) do update
    set used_micros = excluded.used_micros, reached = excluded.reached, told = excluded.told`);
}
