import { bigint, index, integer, jsonb, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { createdAt, tenantPolicies, workspaceId } from '#db/columns.ts';

/** What the built-in web chat shows. */
export const playgroundMessages = pgTable(
  'playground_messages',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    /** Order of appearance. */
    position: bigint('position', { mode: 'bigint' }).notNull().generatedAlwaysAsIdentity(),
    workspaceId: workspaceId(),
    /** Sending the same key again returns the message that is there. */
    key: text('key').notNull(),
    author: text('author').notNull(),
    /** The one person who may see it; null = everyone in the room. */
    reader: text('reader'),
    /** `OutgoingMessage` of Easel, or what a person typed and attached. */
    content: jsonb('content').notNull(),
    edits: integer('edits').notNull().default(0),
    createdAt: createdAt(),
  },
  (table) => [
    unique('playground_messages_key').on(table.workspaceId, table.key),
    index('playground_messages_order').on(table.workspaceId, table.position),
    ...tenantPolicies(),
  ],
);
