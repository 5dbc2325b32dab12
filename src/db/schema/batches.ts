import { sql } from 'drizzle-orm';
import { boolean, index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { createdAt, tenantPolicies, timestampTz, workspaceId } from '#db/columns.ts';
import { channels } from '#db/schema/channels.ts';
import { people } from '#db/schema/people.ts';

/** One request. `unfinished` reaches 0 in the transaction that ends its last image. */
export const batches = pgTable(
  'batches',
  {
    id: text('id').primaryKey(),
    workspaceId: workspaceId(),
    channelId: uuid('channel_id').references(() => channels.id),
    conversation: jsonb('conversation').$type<{ platform: string; channel: string; thread?: string }>(),
    personId: uuid('person_id')
      .notNull()
      .references(() => people.id),
    /** Its person alone sees it: it lives in their direct messages. */
    private: boolean('private').notNull().default(false),
    /** Where a private one was asked for, and is shared; null where that is the same. */
    askedChannelId: uuid('asked_channel_id').references(() => channels.id),
    askedConversation: jsonb('asked_conversation').$type<{ platform: string; channel: string; thread?: string }>(),
    /** Follows the request through logs, from the command to its last posting. */
    requestId: text('request_id').notNull(),
    locale: text('locale').notNull(),
    timeZone: text('time_zone').notNull(),
    /** What was asked for, as typed. */
    prompt: text('prompt').notNull(),
    /** The same as one line that can be typed anywhere; null where no line says it all. */
    line: text('line'),
    /** The draft that this is the sample of. */
    draftId: text('draft_id'),
    /** Reference pictures. */
    inputs: jsonb('inputs')
      .$type<{ blob: string; type: 'png' | 'jpeg' | 'webp'; role: 'reference' }[]>()
      .notNull()
      .default([]),
    total: integer('total').notNull(),
    unfinished: integer('unfinished').notNull(),
    createdAt: createdAt(),
    cancelledAt: timestampTz('cancelled_at'),
    finishedAt: timestampTz('finished_at'),
    /** The contact sheets, each with the rating of what it shows openly where that is not for everybody. */
    sheets: jsonb('sheets')
      .$type<
        {
          blob: string;
          type: 'png' | 'jpeg' | 'webp';
          width: number;
          height: number;
          rating?: 'suggestive' | 'explicit';
        }[]
      >()
      .notNull()
      .default([]),
    /** When the gallery's postings were made; null on a finished batch is a gap that the sweep closes. */
    galleryAt: timestampTz('gallery_at'),
  },
  (table) => [
    index('batches_person').on(table.workspaceId, table.personId, table.createdAt),
    index('batches_thread').on(sql`(conversation->>'thread')`).where(sql`conversation->>'thread' is not null`),
    index('batches_without_gallery').on(table.finishedAt).where(sql`finished_at is not null and gallery_at is null`),
    ...tenantPolicies(),
  ],
);
