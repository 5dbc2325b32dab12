import { integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { tenantPolicies, timestampTz, workspaceId } from '#db/columns.ts';

/**
 * What was done to rights, money, settings and data: ids, codes and numbers only. The database gives each entry its number
 * and the hash that chains it to the one before, and refuses to change or remove one.
 */
export const auditEntries = pgTable(
  'audit_entries',
  {
    workspaceId: workspaceId(),
    /** From 1, without a gap. */
    n: integer('n').notNull().default(0),
    at: timestampTz('at').notNull().defaultNow(),
    /** Null for what nobody of the workspace did. */
    personId: uuid('person_id'),
    channelId: uuid('channel_id'),
    requestId: text('request_id'),
    act: text('act').notNull(),
    subject: text('subject'),
    before: jsonb('before').$type<Record<string, unknown>>(),
    after: jsonb('after').$type<Record<string, unknown>>(),
    /** Of the name or text that stands beside the entry: SHA-256, in hexadecimal, over its salt and itself. */
    textHash: text('text_hash'),
    /** SHA-256, in hexadecimal, over the hash before and all of the above. */
    hash: text('hash').notNull().default(''),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.n] }), ...tenantPolicies()],
);

/** A name or text beside an entry. It can be removed, and the chain still holds: that has its salted hash. */
export const auditTexts = pgTable(
  'audit_texts',
  {
    workspaceId: workspaceId(),
    n: integer('n').notNull(),
    salt: text('salt').notNull(),
    text: text('text').notNull(),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.n] }), ...tenantPolicies()],
);

/** Where each workspace's chain ends; the database's own. */
export const auditHeads = pgTable(
  'audit_heads',
  {
    workspaceId: workspaceId().primaryKey(),
    n: integer('n').notNull(),
    hash: text('hash').notNull(),
  },
  () => [...tenantPolicies()],
);
