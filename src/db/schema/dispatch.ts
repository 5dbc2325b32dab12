import { sql } from 'drizzle-orm';
import { bigint, doublePrecision, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { tenantPolicies, timestampTz, workspaceId } from '#db/columns.ts';

/** A provider's virtual time in start-time fair queueing, and how long it asked us to wait. */
export const dispatchClocks = pgTable('dispatch_clocks', {
  providerId: text('provider_id').primaryKey(),
  virtualTime: doublePrecision('virtual_time').notNull().default(0),
  pausedUntil: timestampTz('paused_until'),
});

/** A workspace's place in a provider's order: the smallest tag is next. */
export const workspaceLanes = pgTable(
  'workspace_lanes',
  {
    providerId: text('provider_id').notNull(),
    workspaceId: workspaceId(),
    tag: doublePrecision('tag').notNull(),
    weight: doublePrecision('weight').notNull().default(1),
    waiting: integer('waiting').notNull(),
    /** Most images of the workspace in flight at once; null = as many as the provider takes. */
    cap: integer('cap'),
    /** The present among the workspace's people. */
    virtualTime: doublePrecision('virtual_time').notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.providerId, table.workspaceId] }),
    index('workspace_lanes_next').on(table.providerId, table.tag).where(sql`waiting > 0`),
    ...tenantPolicies(),
  ],
);

/** A person's place in the workspace's order. Images before `cursor` are not waiting. */
export const personLanes = pgTable(
  'person_lanes',
  {
    providerId: text('provider_id').notNull(),
    workspaceId: workspaceId(),
    personId: uuid('person_id').notNull(),
    tag: doublePrecision('tag').notNull(),
    weight: doublePrecision('weight').notNull().default(1),
    waiting: integer('waiting').notNull(),
    /** Most images of the person in flight at once; null = no cap of their own. */
    cap: integer('cap'),
    cursor: bigint('cursor', { mode: 'bigint' }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.providerId, table.workspaceId, table.personId] }),
    index('person_lanes_next').on(table.providerId, table.workspaceId, table.tag).where(sql`waiting > 0`),
    ...tenantPolicies(),
  ],
);
