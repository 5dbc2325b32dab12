import { pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { createdAt, timestampTz } from '#db/columns.ts';

/** The directory of tenants: names and addresses only, so that a call can find its workspace. */
export const workspaces = pgTable(
  'workspaces',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    platform: text('platform').notNull(),
    platformId: text('platform_id').notNull(),
    name: text('name').notNull(),
    createdAt: createdAt(),
    goneAt: timestampTz('gone_at'),
    /** When all that was kept of it was deleted, after it was gone. */
    erasedAt: timestampTz('erased_at'),
  },
  (table) => [unique('workspaces_address').on(table.platform, table.platformId)],
);
