import { sql } from 'drizzle-orm';
import { check, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { tenantPolicies, workspaceId } from '#db/columns.ts';
import { workspaces } from '#db/schema/workspaces.ts';

/** What an owner or admin set for a workspace (scope_id = workspace_id) or for one of its channels. */
export const settings = pgTable(
  'settings',
  {
    workspaceId: workspaceId().references(() => workspaces.id),
    scope: text('scope').$type<'workspace' | 'channel'>().notNull(),
    scopeId: uuid('scope_id').notNull(),
    language: text('language'),
    timeZone: text('time_zone'),
    model: text('model'),
    /** Daily credits by role; a missing role is not set here. */
    credits: jsonb('credits').$type<Record<string, number>>().notNull().default({}),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.scope, table.scopeId] }),
    check('settings_scope', sql`${table.scope} in ('workspace', 'channel')`),
    ...tenantPolicies(),
  ],
);
