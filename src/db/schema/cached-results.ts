import { index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { createdAt, tenantPolicies, timestampTz, workspaceId } from '#db/columns.ts';
import { workspaces } from '#db/schema/workspaces.ts';

/** Pictures that a workspace may be given again: the same request with the same seed is paid for once. */
export const cachedResults = pgTable(
  'cached_results',
  {
    workspaceId: workspaceId().references(() => workspaces.id),
    requestHash: text('request_hash').notNull(),
    original: text('original').notNull(),
    thumbnail: text('thumbnail').notNull(),
    type: text('type').$type<'png' | 'jpeg' | 'webp'>().notNull(),
    width: integer('width').notNull(),
    height: integer('height').notNull(),
    thumbnailWidth: integer('thumbnail_width').notNull(),
    thumbnailHeight: integer('thumbnail_height').notNull(),
    /** What it shows; null where nothing looked at it. */
    rating: text('rating').$type<'safe' | 'suggestive' | 'explicit'>(),
    warnings: text('warnings').array().notNull().default([]),
    /** Of the original and the thumbnail together. */
    bytes: integer('bytes').notNull(),
    createdAt: createdAt(),
    usedAt: timestampTz('used_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.requestHash] }),
    index('cached_results_used').on(table.usedAt),
    ...tenantPolicies(),
  ],
);
