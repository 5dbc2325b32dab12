import { sql } from 'drizzle-orm';
import { bigint, boolean, index, integer, jsonb, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { createdAt, tenantPolicies, timestampTz, workspaceId } from '#db/columns.ts';
import { batches } from '#db/schema/batches.ts';
import { channels } from '#db/schema/channels.ts';

/** The outbox: one visible message that we owe (`wanted > shown`) or have sent. */
export const postings = pgTable(
  'postings',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    workspaceId: workspaceId(),
    batchId: text('batch_id')
      .notNull()
      .references(() => batches.id),
    channelId: uuid('channel_id')
      .notNull()
      .references(() => channels.id),
    kind: text('kind').$type<'status' | 'gallery' | 'files' | 'zip'>().notNull(),
    /** A gallery that is shown once more is another series; from 0. */
    series: integer('series').notNull().default(0),
    /** Where it goes; not the batch's own where that is gone, or somebody asked to see it elsewhere. */
    conversation: jsonb('conversation').$type<{ platform: string; channel: string; thread?: string }>().notNull(),
    /** A private batch's that everybody there may see, as its person wants it. */
    shared: boolean('shared').notNull().default(false),
    /** Who asked for the pictures is alone there, and sees them as they are. */
    alone: boolean('alone').notNull().default(false),
    /** The numbers of the pictures it shows; null for all of the batch. */
    numbers: integer('numbers').array(),
    /** Which visible call of a message that needs several; from 0. */
    part: integer('part').notNull().default(0),
    wanted: integer('wanted').notNull().default(1),
    shown: integer('shown').notNull().default(0),
    /** Nothing newer will come: such posts go first. */
    final: boolean('final').notNull().default(false),
    /** Not sent before: the reply of the command has the first try, and a failed try waits. */
    dueAt: timestampTz('due_at').notNull().defaultNow(),
    /** Tries at the revision that is wanted now. */
    attempts: integer('attempts').notNull().default(0),
    ref: jsonb('ref').$type<{ platform: string; channel: string; message: string; messages?: string[] }>(),
    /** What the platform saved between two calls of one send. */
    handle: text('handle'),
    /** Why it was given up. */
    failure: text('failure'),
    createdAt: createdAt(),
  },
  (table) => [
    unique('postings_part').on(table.batchId, table.kind, table.series, table.part),
    index('postings_ref').using('gin', sql`ref jsonb_path_ops`),
    index('postings_owed').on(table.channelId, table.dueAt).where(sql`wanted > shown`),
    ...tenantPolicies(),
  ],
);
