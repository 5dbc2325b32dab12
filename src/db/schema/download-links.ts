import { index, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { createdAt, tenantPolicies, timestampTz, workspaceId } from '#db/columns.ts';
import { batches } from '#db/schema/batches.ts';
import { people } from '#db/schema/people.ts';

/** What lets whoever has a link download a batch. Its token is known to those alone: here is only what it hashes to. */
export const downloadLinks = pgTable(
  'download_links',
  {
    /** SHA-256 in hex. */
    tokenHash: text('token_hash').primaryKey(),
    workspaceId: workspaceId(),
    batchId: text('batch_id')
      .notNull()
      .references(() => batches.id),
    /** Who asked for it. */
    personId: uuid('person_id')
      .notNull()
      .references(() => people.id),
    createdAt: createdAt(),
    expiresAt: timestampTz('expires_at').notNull(),
    revokedAt: timestampTz('revoked_at'),
  },
  (table) => [index('download_links_expires').on(table.expiresAt), ...tenantPolicies()],
);
