import { sql } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import type { RateBudget } from '#core/ports/delivery.ts';
import { asRows, budgetKey, keptSuffix, waitOf, wantOf } from '#core/postings/budget-rows.ts';
import { rateBudgets } from '#db/schema/index.ts';

/** A slot that is kept for something final is kept so much longer, so that the process that waits for it finds it free. */
const keptLongerMs = 500;

/**
 * Something final found these used up and comes back: until then all else leaves alone those that were short. Without it,
 * many small edits and replies would go on taking what a large gallery waits for.
 */
export async function keepForFinal(
  deps: Pick<Deps, 'db'>,
  platform: string,
  budgets: readonly RateBudget[],
): Promise<void> {
  await deps.db.execute(sql`
    with wanted as (${asRows(budgets.map((budget) => wantOf(platform, budget, 'final')))}
    ), short as (
      select key, ${waitOf('budget')} as wait_ms from rate_budgets budget join wanted using (key)
    )
    insert into rate_budgets as kept (key, next_at)
    select key || ${keptSuffix}::text, clock_timestamp() + make_interval(secs => (wait_ms + ${keptLongerMs}::float8) / 1000)
    from short where wait_ms > 0 order by key
    on conflict (key) do update set next_at = greatest(kept.next_at, excluded.next_at)`);
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
