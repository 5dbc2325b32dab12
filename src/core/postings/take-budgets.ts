import { sql } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import type { RateBudget, Urgency } from '#core/ports/delivery.ts';
import { asRows, budgetKey, keptSuffix, waitOf, wantOf } from '#core/postings/budget-rows.ts';
import { rateBudgets } from '#db/schema/index.ts';

/** A call that is not settled by then is taken to be over: its process died, or its line is a very slow one. */
const underWayMaxMs = 90_000;

/** Places that a call took, until it is settled. */
export interface Taken {
  /** What its places are known by in their rows. */
  stamp: string;
  places: { key: string; cost: number }[];
}

export interface TakeOptions {
  urgency: Urgency;
  /** How long the call counts as under way unless it is settled, in milliseconds. */
  underWayMs?: number;
}

/**
 * Takes what a call costs from every budget it draws on, or nothing at all and resolves to how long to wait, in
 * milliseconds. Exact over all processes: each budget is a row that knows when its places were taken. A call under way
 * counts until it is settled, and from then on as made at that moment: when the platform counted it is not known.
 */
export async function takeBudgets(
  deps: Pick<Deps, 'db'>,
  platform: string,
  budgets: readonly RateBudget[],
  options: TakeOptions,
): Promise<{ taken: Taken } | { waitMs: number }> {
  const places = budgets.map(({ key, cost }) => ({ key: budgetKey(platform, key), cost }));
  if (places.length === 0) return { taken: { stamp: 'now', places } };
  for (;;) {
    const { found, waitMs, stamp } = await takeKnown(deps, platform, budgets, options);
    if (found === places.length) return waitMs > 0 ? { waitMs: Math.ceil(waitMs) } : { taken: { stamp, places } };
    await deps.db
      .insert(rateBudgets)
      .values(places.map(({ key }) => ({ key })))
      .onConflictDoNothing();
  }
}

interface Judged extends Record<string, unknown> {
  found: number;
  waitMs: number;
  stamp: string;
}

/** In one statement, as everybody waits for who holds these rows. Takes nothing when one of them is not there yet. */
async function takeKnown(
  deps: Pick<Deps, 'db'>,
  platform: string,
  budgets: readonly RateBudget[],
  { urgency, underWayMs = underWayMaxMs }: TakeOptions,
): Promise<Judged> {
  const wanted = budgets.map((budget) => wantOf(platform, budget, urgency));
  // A budget that is kept for something final is looked at, and nothing is taken from it.
  const kept =
    urgency === 'final' ? [] : wanted.map(({ key }) => ({ key: key + keptSuffix, cost: 0, limit: 0, windowMs: 0 }));
  const [judged] = await deps.db.execute<Judged>(sql`
    with wanted as (${asRows([...wanted, ...kept])}
    ), held as (
      select * from rate_budgets where key in (select key from wanted) order by key for update
    ), judged as (
      select (count(*) filter (where cost > 0))::int as found, coalesce(max(${waitOf('held')}), 0) as wait_ms,
        clock_timestamp() + make_interval(secs => ${underWayMs / 1000}::float8) as stamp
      from held join wanted using (key)
    ), taken as (
      update rate_budgets set taken_at = array_fill(judged.stamp, array[cost]) || array(
        select at from unnest(held.taken_at) at where at > clock_timestamp() - make_interval(secs => window_ms / 1000))
      from held join wanted using (key), judged
      where rate_budgets.key = held.key and cost > 0 and found = ${budgets.length}::int and wait_ms <= 0
      returning 1
    )
    select found, wait_ms as "waitMs", stamp::text from judged`);
  return judged ?? { found: 0, waitMs: 0, stamp: '' };
}

/**
 * The call is over. `used` says where it counted as more or fewer than it cost. Never rejects: what is not settled counts
 * as under way for a while.
 */
export async function settleBudgets(
  deps: Pick<Deps, 'db' | 'log'>,
  { stamp, places }: Taken,
  usedOf: (key: string) => number | undefined = () => undefined,
): Promise<void> {
  if (places.length === 0) return;
  const used = places.map(({ key, cost }) => usedOf(key.slice(key.indexOf(':') + 1)) ?? cost);
  try {
    await deps.db.execute(sql`
      with settled as (
        select * from unnest(${sql.param(places.map(({ key }) => key))}::text[], ${sql.param(used)}::int[]) as s (key, used)
      ), held as (
        select key, taken_at from rate_budgets where key in (select key from settled) order by key for update
      )
      update rate_budgets b
      set taken_at = array_fill(clock_timestamp(), array[used]) || array_remove(held.taken_at, ${stamp}::timestamptz)
      from held join settled using (key) where b.key = held.key`);
  } catch (error) {
    deps.log.warn({ err: error }, 'what a call drew on could not be settled');
  }
}
