import { sql } from 'drizzle-orm';
import { pgTable, text } from 'drizzle-orm/pg-core';
import { timestampTz } from '#db/columns.ts';

/** Rates of platforms that all processes share; holds no tenant's data. */
export const rateBudgets = pgTable('rate_budgets', {
  key: text('key').primaryKey(),
  /** When each place of the window was taken; in the future while its call is under way. */
  takenAt: timestampTz('taken_at').array().notNull().default(sql`'{}'`),
  /** Until when a budget is kept for what is final, in the row of that name. */
  nextAt: timestampTz('next_at').notNull().defaultNow(),
  /** The platform said: not before. */
  blockedUntil: timestampTz('blocked_until').notNull().defaultNow(),
});
