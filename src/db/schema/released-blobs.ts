import { pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { createdAt, tenantPolicies, workspaceId } from '#db/columns.ts';

/** Blobs that a row has let go of: each is removed once no other row needs it. */
export const releasedBlobs = pgTable(
  'released_blobs',
  {
    workspaceId: workspaceId(),
    blob: text('blob').notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.blob] }), ...tenantPolicies()],
);
