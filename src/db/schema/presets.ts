import { sql } from 'drizzle-orm';
import { check, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { tenantPolicies, workspaceId } from '#db/columns.ts';
import { workspaces } from '#db/schema/workspaces.ts';

/** Flags by a name: of a person (scope_id = person_id) or of the whole workspace (scope_id = workspace_id). */
export const presets = pgTable(
  'presets',
  {
    workspaceId: workspaceId().references(() => workspaces.id),
    scope: text('scope').$type<'person' | 'workspace'>().notNull(),
    scopeId: uuid('scope_id').notNull(),
    name: text('name').notNull(),
    /** By the names of the flags of `/imagine`. */
    flags: jsonb('flags')
      .$type<{
        ar?: { width: number; height: number };
        model?: string;
        quality?: string;
        style?: string;
        no?: string;
        enhance?: boolean;
      }>()
      .notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.scope, table.scopeId, table.name] }),
    check('presets_scope', sql`${table.scope} in ('person', 'workspace')`),
    ...tenantPolicies(),
  ],
);
