import { sql } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import type { RateBudget } from '#core/ports/chat.ts';
import { rateBudgets } from '#db/schema/index.ts';

/** Of a budget's burst, what progress may use; the rest is kept for what is final. */
const progressShare = 0.5;

/**
 * Takes one call from all its budgets, or from none: resolves to 0, or to the milliseconds until it is worth asking
 * again. Exact over all processes (generic cell rate algorithm, on the database's clock).
 */
export async function takeBudgets(
  deps: Pick<Deps, 'db'>,
  platform: string,
  budgets: readonly RateBudget[],
  options: { final: boolean },
): Promise<number> {
  if (budgets.length === 0) return 0;
  const keyed = budgets.map((budget) => ({ ...budget, key: budgetKey(platform, budget.key) }));
  for (;;) {
    const { found, waitMs } = await takeKnown(deps, keyed, options);
    if (found === budgets.length) return Math.max(0, Math.ceil(waitMs));
    await deps.db
      .insert(rateBudgets)
      .values(keyed.map(({ key }) => ({ key })))
      .onConflictDoNothing();
  }
}

/** In one statement, as everybody waits for who holds these rows. Takes nothing when one of them is not there yet. */
async function takeKnown(
  deps: Pick<Deps, 'db'>,
  keyed: readonly RateBudget[],
  options: { final: boolean },
): Promise<{ found: number; waitMs: number }> {
  const burstOf = ({ burst }: RateBudget) => (options.final ? burst : Math.max(1, Math.floor(burst * progressShare)));
  const wanted = keyed.map((budget) => ({
    key: budget.key,
    takesMs: budget.everyMs * budget.cost,
    allowedMs: Math.max(0, burstOf(budget) - budget.cost) * budget.everyMs,
  }));
  const [judged] = await deps.db.execute<{ found: number; waitMs: number }>(sql`
    with wanted as (
      select * from unnest(${sql.param(wanted.map(({ key }) => key))}::text[],
        ${sql.param(wanted.map(({ takesMs }) => takesMs))}::float8[],
        ${sql.param(wanted.map(({ allowedMs }) => allowedMs))}::float8[]) as wanted (key, takes_ms, allowed_ms)
    ), held as (
      select key, next_at, blocked_until from rate_budgets where key in (select key from wanted) order by key for update
    ), judged as (
      select count(*)::int as found, coalesce(max(greatest(
        extract(epoch from next_at - clock_timestamp())::float8 * 1000 - allowed_ms,
        extract(epoch from blocked_until - clock_timestamp())::float8 * 1000)), 0) as wait_ms
      from held join wanted using (key)
    ), taken as (
      update rate_budgets set next_at = greatest(held.next_at, clock_timestamp()) + make_interval(secs => takes_ms / 1000)
      from held join wanted using (key)
      where rate_budgets.key = held.key and (select found = ${keyed.length}::int and wait_ms <= 0 from judged)
      returning 1
    )
    select found, wait_ms as "waitMs" from judged`);
  return judged ?? { found: 0, waitMs: 0 };
}

/** The platform said that nothing more fits for so long. */
export async function blockBudget(
  deps: Pick<Deps, 'db'>,
  platform: string,
  budget: string,
  waitMs: number,
): Promise<void> {
  const until = sql`clock_timestamp() + make_interval(secs => ${waitMs / 1000})`;
  await deps.db
    .insert(rateBudgets)
    .values({ key: budgetKey(platform, budget), blockedUntil: until })
    .onConflictDoUpdate({
      target: rateBudgets.key,
      set: { blockedUntil: sql`greatest(${rateBudgets.blockedUntil}, ${until})` },
    });
}

function budgetKey(platform: string, key: string): string {
  return `${platform}:${key}`;
}
