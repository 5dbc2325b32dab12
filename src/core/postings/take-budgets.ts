import { inArray, sql } from 'drizzle-orm';
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
  const keys = keyed.map(({ key }) => key).sort();
  return deps.db.transaction(async (tx) => {
    await tx
      .insert(rateBudgets)
      .values(keys.map((key) => ({ key })))
      .onConflictDoNothing();
    const rows = await tx
      .select({
        key: rateBudgets.key,
        aheadMs: sql<number>`extract(epoch from ${rateBudgets.nextAt} - clock_timestamp())::float8 * 1000`,
        blockedMs: sql<number>`extract(epoch from ${rateBudgets.blockedUntil} - clock_timestamp())::float8 * 1000`,
      })
      .from(rateBudgets)
      .where(inArray(rateBudgets.key, keys))
      .orderBy(rateBudgets.key)
      .for('update');
    const waits = keyed.map((budget) => {
      const row = rows.find(({ key }) => key === budget.key);
      const burst = options.final ? budget.burst : Math.max(1, Math.floor(budget.burst * progressShare));
      const allowedMs = Math.max(0, burst - budget.cost) * budget.everyMs;
      return Math.max((row?.aheadMs ?? 0) - allowedMs, row?.blockedMs ?? 0);
    });
    const waitMs = Math.max(...waits);
    if (waitMs > 0) return Math.ceil(waitMs);
    for (const { key, everyMs, cost } of keyed) {
      await tx
        .update(rateBudgets)
        .set({
          nextAt: sql`greatest(${rateBudgets.nextAt}, clock_timestamp()) + make_interval(secs => ${(everyMs * cost) / 1000})`,
        })
        .where(sql`${rateBudgets.key} = ${key}`);
    }
    return 0;
  });
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
