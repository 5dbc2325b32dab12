import { boolean, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { createdAt, tenantPolicies, timestampTz, workspaceId } from '#db/columns.ts';
import { channels } from '#db/schema/channels.ts';
import { people } from '#db/schema/people.ts';

/** A draft that was stopped, by its person's limits or by our own checks, and that the managers were asked about; the draft itself is kept as long. */
export const approvals = pgTable(
  'approvals',
  {
    /** The draft's. */
    id: text('id').primaryKey(),
    workspaceId: workspaceId(),
    personId: uuid('person_id')
      .notNull()
      .references(() => people.id),
    accountId: uuid('account_id').notNull(),
    /** Where it was asked for, and where its card goes. */
    askedChannelId: uuid('asked_channel_id')
      .notNull()
      .references(() => channels.id),
    channelId: uuid('channel_id')
      .notNull()
      .references(() => channels.id),
    conversation: jsonb('conversation').$type<{ platform: string; channel: string; thread?: string }>().notNull(),
    locale: text('locale').notNull(),
    timeZone: text('time_zone').notNull(),
    /** Whether it was beyond its person's own limits, so that approving grants what those lack. */
    overLimit: boolean('over_limit').notNull().default(true),
    /** Which of the draft's pictures, from 0, our own checks had stopped, so that approving lets them pass. */
    stopped: integer('stopped').array().notNull().default([]),
    state: text('state').$type<'open' | 'approved' | 'denied'>().notNull().default('open'),
    decidedBy: uuid('decided_by'),
    /** As the manager typed it. */
    reason: text('reason'),
    batchId: text('batch_id'),
    createdAt: createdAt(),
    expiresAt: timestampTz('expires_at').notNull(),
    decidedAt: timestampTz('decided_at'),
  },
  () => [...tenantPolicies()],
);
