import { pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { tenantPolicies, workspaceId } from '#db/columns.ts';
import { workspaces } from '#db/schema/workspaces.ts';

/** Which role of ours those have who have one of the platform's, and those who have none of them (`everyone`). */
export const roleMappings = pgTable(
  'role_mappings',
  {
    workspaceId: workspaceId().references(() => workspaces.id),
    /** The platform's id, or `everyone` or `admins`. */
    platformRole: text('platform_role').notNull(),
    /** As it was called when it was mapped. */
    name: text('name').notNull(),
    role: text('role').$type<'admin' | 'member' | 'guest'>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.platformRole] }), ...tenantPolicies()],
);
