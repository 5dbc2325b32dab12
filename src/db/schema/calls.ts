import { index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { createdAt, tenantPolicies, timestampTz, workspaceId } from '#db/columns.ts';

/** A delivery that was taken in, with its reply: the same delivery again gets the kept reply. */
export const calls = pgTable(
  'calls',
  {
    workspaceId: workspaceId(),
    deliveryKey: text('delivery_key').notNull(),
    /** Who called; null of the version before. */
    personId: uuid('person_id'),
    reply: jsonb('reply'),
    /** When the reply was shown; until then a repeat may show it. */
    answeredAt: timestampTz('answered_at'),
    createdAt: createdAt(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.deliveryKey] }),
    index('calls_created').on(table.createdAt),
    ...tenantPolicies(),
  ],
);
