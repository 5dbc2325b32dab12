import { pgTable, text } from 'drizzle-orm/pg-core';
import { timestampTz } from '#db/columns.ts';

/** Rates of platforms that all processes share; holds no tenant's data. */
export const rateBudgets = pgTable('rate_budgets', {
  key: text('key').primaryKey(),
  /** When all that was taken is earned back: the theoretical arrival time of the generic cell rate algorithm. */
  nextAt: timestampTz('next_at').notNull().defaultNow(),
  /** The platform said: not before. */
  blockedUntil: timestampTz('blocked_until').notNull().defaultNow(),
});
