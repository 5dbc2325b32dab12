import { sql } from 'drizzle-orm';
import { bigint, boolean, check, date, index, integer, jsonb, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { createdAt, tenantPolicies, timestampTz, workspaceId } from '#db/columns.ts';
import { batches } from '#db/schema/batches.ts';

export const imageStates = ['queued', 'dispatched', 'succeeded', 'failed', 'blocked', 'cancelled'] as const;
export type ImageState = (typeof imageStates)[number];

/** One picture of a batch. Ids grow with the order of asking, which is the order inside a person's lane. */
export const images = pgTable(
  'images',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    workspaceId: workspaceId(),
    batchId: text('batch_id')
      .notNull()
      .references(() => batches.id),
    personId: uuid('person_id').notNull(),
    /** From 1, as shown. */
    number: integer('number').notNull(),
    state: text('state').$type<ImageState>().notNull().default('queued'),
    providerId: text('provider_id').notNull(),
    model: text('model').notNull(),
    /** The model that was asked for, where another one had to take over. */
    askedModel: text('asked_model'),
    /** Of what decides the picture, where the same request gives the same picture; null otherwise. */
    requestHash: text('request_hash'),
    prompt: text('prompt').notNull(),
    /** Whether its style is one that the person chose, and neither the place nor a preset for everyone. */
    ownStyle: boolean('own_style').notNull().default(false),
    /** Whether the prompt is to be written out before the picture is made. */
    enhance: boolean('enhance').notNull().default(false),
    /** What the prompt was written out to, or the prompt itself where that could not be done; null before. */
    enhanced: text('enhanced'),
    /** What is not to be shown. */
    negative: text('negative'),
    /** One of the model's qualities; null leaves it to the model. */
    quality: text('quality'),
    /** The picture that this one was asked for again from. */
    originId: bigint('origin_id', { mode: 'bigint' }),
    /** The picture that this one is an enlargement of, with the model that first made it; null where it is made anew. */
    source: jsonb('source').$type<{
      blob: string;
      type: 'png' | 'jpeg' | 'webp';
      width: number;
      height: number;
      model: string;
      factor: number;
    }>(),
    /** What its file is to be called, without an extension; null leaves it to us. */
    name: text('name'),
    seed: bigint('seed', { mode: 'number' }).notNull(),
    /** Whether the person chose the seed. */
    seedAsked: boolean('seed_asked').notNull(),
    width: integer('width').notNull(),
    height: integer('height').notNull(),
    credits: integer('credits').notNull(),
    /** The day, in the workspace's time zone, whose quota pays. */
    period: date('period', { mode: 'string' }).notNull(),
    /** The channel that it counts in; null where it counts in its person's day alone, as in the version before. */
    countsInId: uuid('counts_in_id'),
    /** What it is expected to cost, in millionths of a currency of prices; null as the channel above. */
    costMicros: bigint('cost_micros', { mode: 'number' }),
    costCurrency: text('cost_currency'),
    /** Tries begun. */
    attempts: integer('attempts').notNull().default(0),
    /** Who is making it now. */
    workerId: uuid('worker_id'),
    /** What a durable provider finds the running request by. */
    handle: text('handle'),
    /** The newest streamed preview. */
    partial: text('partial'),
    original: text('original'),
    thumbnail: text('thumbnail'),
    type: text('type').$type<'png' | 'jpeg' | 'webp'>(),
    thumbnailWidth: integer('thumbnail_width'),
    thumbnailHeight: integer('thumbnail_height'),
    /** What it shows, by the check of pictures; null where nothing looked at it. */
    rating: text('rating').$type<'safe' | 'suggestive' | 'explicit'>(),
    /** A `ProviderErrorReason`, or another reason below `errors.provider`. */
    failure: text('failure'),
    /** What exactly was objected to, in the words of who did, such as `violence/graphic`. */
    failureDetail: text('failure_detail'),
    /** Managers let this one pass though our own checks object to it. Not asked for again, and no other picture passes for it. */
    approved: boolean('approved').notNull().default(false),
    warnings: text('warnings').array().notNull().default([]),
    createdAt: createdAt(),
    dispatchedAt: timestampTz('dispatched_at'),
    finishedAt: timestampTz('finished_at'),
    /** When somebody deleted the picture: its files are let go of, and the row stays for the books and for what was made of it. */
    deletedAt: timestampTz('deleted_at'),
  },
  (table) => [
    unique('images_number').on(table.batchId, table.number),
    index('images_queued')
      .on(table.providerId, table.workspaceId, table.personId, table.id)
      .where(sql`state = 'queued'`),
    index('images_origin').on(table.originId).where(sql`origin_id is not null`),
    index('images_durations').on(table.workspaceId, table.model, table.finishedAt).where(sql`state = 'succeeded'`),
    index('images_dispatched').on(table.providerId, table.workspaceId, table.personId).where(sql`state = 'dispatched'`),
    index('images_same')
      .on(table.workspaceId, table.requestHash)
      .where(sql`state = 'dispatched' and request_hash is not null`),
    // Who else needs a file; hashes, as they are small and nothing is ordered by them.
    index('images_original').using('hash', table.original).where(sql`original is not null`),
    index('images_source').using('hash', sql`(source ->> 'blob')`).where(sql`source is not null`),
    index('images_thumbnail').using('hash', table.thumbnail).where(sql`thumbnail is not null`),
    check(
      'images_state',
      sql`${table.state} in ('queued', 'dispatched', 'succeeded', 'failed', 'blocked', 'cancelled')`,
    ),
    ...tenantPolicies(),
  ],
);
