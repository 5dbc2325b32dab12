import { type SQL, sql } from 'drizzle-orm';
import type { RateBudget, Urgency } from '#core/ports/delivery.ts';

/** Ends the key under which a budget is kept for what is final. */
export const keptSuffix = ' final';

/** What a call wants of a row; of a budget that is kept for what is final nothing, it is looked at. */
export interface Want {
  key: string;
  cost: number;
  limit: number;
  windowMs: number;
}

export function wantOf(
  platform: string,
  { key, cost, limit, progressLimit, windowMs }: RateBudget,
  urgency: Urgency,
): Want {
  return { key: budgetKey(platform, key), cost, limit: urgency === 'progress' ? progressLimit : limit, windowMs };
}

export function asRows(wants: readonly Want[]): SQL {
  return sql`
      select * from unnest(${sql.param(wants.map(({ key }) => key))}::text[],
        ${sql.param(wants.map(({ cost }) => cost))}::int[],
        ${sql.param(wants.map(({ limit }) => limit))}::int[],
        ${sql.param(wants.map(({ windowMs }) => windowMs))}::float8[]) as wanted (key, cost, "limit", window_ms)`;
}

/**
 * Milliseconds until a row has what is wanted of it; 0 or less when it has: until the newest of those places that must be
 * free has left the window. One whose call is under way leaves it a whole window from now at the earliest.
 */
export function waitOf(row: 'held' | 'budget'): SQL {
  const name = sql.identifier(row);
  const until = (moment: SQL) => sql`extract(epoch from ${moment} - clock_timestamp())::float8 * 1000`;
  return sql`greatest(
        ${until(sql`${name}.blocked_until`)}, case when cost = 0 then ${until(sql`${name}.next_at`)} end,
        (select ${until(sql`least(at, clock_timestamp())`)} + window_ms from unnest(${name}.taken_at) at
          order by at desc offset greatest(0, "limit" - cost) limit 1))`;
}

export function budgetKey(platform: string, key: string): string {
  return `${platform}:${key}`;
}
