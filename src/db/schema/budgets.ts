import { sql } from 'drizzle-orm';
import { bigint, boolean, date, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { createdAt, tenantPolicies, timestampTz, workspaceId } from '#db/columns.ts';
import { people } from '#db/schema/people.ts';
import { workspaces } from '#db/schema/workspaces.ts';

/** The money that a workspace's pictures may cost in a month. */
export const budgets = pgTable(
  'budgets',
  {
    workspaceId: workspaceId()
      .primaryKey()
      .references(() => workspaces.id),
    /** ISO 4217. */
    currency: text('currency').notNull(),
    /** In millionths. */
    amountMicros: bigint('amount_micros', { mode: 'number' }).notNull(),
    /** What one unit of a currency of prices is, in millionths of the budget's; its own is left out. */
    rates: jsonb('rates').$type<Record<string, number>>().notNull().default({}),
  },
  () => [...tenantPolicies()],
);

/** What of a budget is held and spent together, by its currency and month. */
export const budgetMonths = pgTable(
  'budget_months',
  {
    workspaceId: workspaceId(),
    currency: text('currency').notNull(),
    /** The first day of the month. */
    period: date('period', { mode: 'string' }).notNull(),
    usedMicros: bigint('used_micros', { mode: 'number' }).notNull(),
    /** The share that was reached, and the one that admins were told of: 0, 50, 80 or 100 percent. */
    reached: integer('reached').notNull().default(0),
    told: integer('told').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.currency, table.period] }), ...tenantPolicies()],
);

/** What a person is to be told in their direct messages; gone once they were. */
export const notices = pgTable(
  'notices',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    workspaceId: workspaceId(),
    personId: uuid('person_id')
      .notNull()
      .references(() => people.id),
    /** Title, lines and buttons; core/postings/notices.ts knows their shape. */
    content: jsonb('content').$type<object>().notNull(),
    /** What comes with it, as it is when it is sent; core/files/open-file.ts knows how each is made. */
    file: jsonb('file').$type<{ kind: 'person' | 'audit' | 'usage'; subjectId: string; name: string }>(),
    /** It is for whoever runs the workspace when it is sent. */
    managersOnly: boolean('managers_only').notNull().default(false),
    attempts: integer('attempts').notNull().default(0),
    dueAt: timestampTz('due_at').notNull().default(sql`now()`),
    createdAt: createdAt(),
  },
  (table) => [index('notices_due').on(table.dueAt), ...tenantPolicies()],
);
