import { jsonb, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { createdAt, tenantPolicies, timestampTz, workspaceId } from '#db/columns.ts';
import { workspaces } from '#db/schema/workspaces.ts';

/** A place in a workspace. One process sends to it at a time (`worker_id`), not before `next_send_at`. */
export const channels = pgTable(
  'channels',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    workspaceId: workspaceId().references(() => workspaces.id),
    platformId: text('platform_id').notNull(),
    name: text('name').notNull(),
    /** `ChatLimits` as last seen. */
    limits: jsonb('limits')
      .$type<{
        imagesPerMessage: number;
        fileBytesMax: number;
        textMax: number;
        sendSpacingMs: number;
        liveImageEditMinMs: number | null;
        repliesCount: boolean;
        keepsOriginals: boolean;
        spoilers?: ('pictures' | 'files')[];
        ageRestricted?: boolean;
      }>()
      .notNull(),
    workerId: uuid('worker_id'),
    nextSendAt: timestampTz('next_send_at').notNull().defaultNow(),
    goneAt: timestampTz('gone_at'),
    createdAt: createdAt(),
  },
  (table) => [unique('channels_address').on(table.workspaceId, table.platformId), ...tenantPolicies()],
);
