import { pgTable, text } from 'drizzle-orm/pg-core';
import { createdAt, tenantPolicies, timestampTz, workspaceId } from '#db/columns.ts';
import { workspaces } from './workspaces.ts';

/** Where the app was installed by OAuth, with its tokens. */
export const slackInstallations = pgTable(
  'slack_installations',
  {
    workspaceId: workspaceId()
      .primaryKey()
      .references(() => workspaces.id),
    /** The installation as JSON, sealed. */
    sealed: text('sealed').notNull(),
    createdAt: createdAt(),
    updatedAt: timestampTz('updated_at').notNull().defaultNow(),
  },
  () => [...tenantPolicies()],
);
