import { type SQL, sql } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import type { RateBudget } from '#core/ports/chat.ts';
import { rateBudgets } from '#db/schema/index.ts';

/** Progress takes at most this share of a burst; the rest is kept for what is final. */
const progressShare = 0.5;
/** A slot that is kept for something final is kept so much longer, so that the process that waits for it finds it free. */
const keptLongerMs = 500;
/** Ends the key under which a budget is kept for what is final. */
const keptSuffix = ' final';

/**
 * Takes what a call costs from every budget it draws on, or nothing at all: resolves to 0, or to how long to wait in
 * milliseconds. Exact over all processes: each budget is a row, and a bucket that fills by one in `everyMs`. A call that
 * costs more than a whole burst passes when the bucket is full, and the debt is waited for afterwards.
 */
export async function takeBudgets(
  deps: Pick<Deps, 'db'>,
  platform: string,
  budgets: readonly RateBudget[],
  options: { final: boolean },
): Promise<number> {
  if (budgets.length === 0) return 0;
  for (;;) {
    const { found, waitMs } = await takeKnown(deps, platform, budgets, options);
    if (found === budgets.length) return Math.max(0, Math.ceil(waitMs));
    await deps.db
      .insert(rateBudgets)
      .values(budgets.map(({ key }) => ({ key: budgetKey(platform, key) })))
      .onConflictDoNothing();
  }
}

/** In one statement, as everybody waits for who holds these rows. Takes nothing when one of them is not there yet. */
async function takeKnown(
  deps: Pick<Deps, 'db'>,
  platform: string,
  budgets: readonly RateBudget[],
  options: { final: boolean },
): Promise<{ found: number; waitMs: number }> {
  const wanted = budgets.map((budget) => wantOf(platform, budget, options));
  // A budget that is kept for something final is looked at, and nothing is taken from it.
  const kept = options.final ? [] : wanted.map(({ key }) => ({ key: key + keptSuffix, takesMs: 0, allowedMs: 0 }));
  const [judged] = await deps.db.execute<{ found: number; waitMs: number }>(sql`
    with wanted as (${asRows([...wanted, ...kept])}
    ), held as (
      select key, next_at, blocked_until from rate_budgets where key in (select key from wanted) order by key for update
    ), judged as (
      select (count(*) filter (where takes_ms > 0))::int as found, coalesce(max(${waitOf('held')}), 0) as wait_ms
      from held join wanted using (key)
    ), taken as (
      update rate_budgets set next_at = greatest(held.next_at, clock_timestamp()) + make_interval(secs => takes_ms / 1000)
      from held join wanted using (key)
      where rate_budgets.key = held.key and takes_ms > 0
        and (select found = ${budgets.length}::int and wait_ms <= 0 from judged)
      returning 1
    )
    select found, wait_ms as "waitMs" from judged`);
  return judged ?? { found: 0, waitMs: 0 };
}

/**
 * Something final found these used up and comes back: until then progress leaves alone those that were short. Without it,
 * many small edits would go on taking what a large gallery waits for.
 */
export async function keepForFinal(
  deps: Pick<Deps, 'db'>,
  platform: string,
  budgets: readonly RateBudget[],
): Promise<void> {
  await deps.db.execute(sql`
    with wanted as (${asRows(budgets.map((budget) => wantOf(platform, budget, { final: true })))}
    ), short as (
      select key, ${waitOf('budget')} as wait_ms from rate_budgets budget join wanted using (key)
    )
    insert into rate_budgets as kept (key, next_at)
    select key || ${keptSuffix}::text, clock_timestamp() + make_interval(secs => (wait_ms + ${keptLongerMs}::float8) / 1000)
    from short where wait_ms > 0 order by key
    on conflict (key) do update set next_at = greatest(kept.next_at, excluded.next_at)`);
}

interface Want {
  key: string;
  takesMs: number;
  /** How far ahead of the clock the bucket may be for the call to pass. */
  allowedMs: number;
}

function wantOf(platform: string, budget: RateBudget, options: { final: boolean }): Want {
  const burst = options.final ? budget.burst : Math.max(1, Math.floor(budget.burst * progressShare));
  return {
    key: budgetKey(platform, budget.key),
    takesMs: budget.everyMs * budget.cost,
    allowedMs: Math.max(0, burst - budget.cost) * budget.everyMs,
  };
}

function asRows(wants: readonly Want[]): SQL {
  return sql`
      select * from unnest(${sql.param(wants.map(({ key }) => key))}::text[],
        ${sql.param(wants.map(({ takesMs }) => takesMs))}::float8[],
        ${sql.param(wants.map(({ allowedMs }) => allowedMs))}::float8[]) as wanted (key, takes_ms, allowed_ms)`;
}

/** Milliseconds until a row has what is wanted of it; 0 or less when it has. */
function waitOf(row: 'held' | 'budget'): SQL {
  const name = sql.identifier(row);
  return sql`greatest(
        extract(epoch from ${name}.next_at - clock_timestamp())::float8 * 1000 - allowed_ms,
        extract(epoch from ${name}.blocked_until - clock_timestamp())::float8 * 1000)`;
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
