import { index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { createdAt, tenantPolicies, timestampTz, workspaceId } from '#db/columns.ts';
import { people } from '#db/schema/people.ts';

/** A batch that its person has yet to confirm: nothing of it is reserved. */
export const drafts = pgTable(
  'drafts',
  {
    id: text('id').primaryKey(),
    workspaceId: workspaceId(),
    personId: uuid('person_id')
      .notNull()
      .references(() => people.id),
    /** The batch plan; core/batches/drafts.ts knows its shape. */
    plan: jsonb('plan').$type<object>().notNull(),
    createdAt: createdAt(),
    expiresAt: timestampTz('expires_at').notNull(),
  },
  (table) => [index('drafts_expiry').on(table.expiresAt), ...tenantPolicies()],
);
