import { sql } from 'drizzle-orm';
import { index, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { createdAt, timestampTz } from '#db/columns.ts';

/**
 * What lets whoever has a link download a file that is put together as it is read: all that is kept about a person
 * (`subject_id` is the person), or a workspace's audit log or usage. Only what its token hashes to is here.
 */
export const fileLinks = pgTable('file_links', {
  /** SHA-256 in hex. */
  tokenHash: text('token_hash').primaryKey(),
  kind: text('kind').$type<'person' | 'audit' | 'usage'>().notNull(),
  subjectId: uuid('subject_id').notNull(),
  createdAt: createdAt(),
  expiresAt: timestampTz('expires_at').notNull(),
});

/** A person who wants all about them gone. Until `due_at` it can be taken back, and then the row goes. */
export const erasures = pgTable(
  'erasures',
  {
    personId: uuid('person_id').primaryKey(),
    askedAt: timestampTz('asked_at').notNull(),
    dueAt: timestampTz('due_at').notNull(),
    /** When words, files and names were gone; what was posted may still be on its way out. */
    erasedAt: timestampTz('erased_at'),
    doneAt: timestampTz('done_at'),
  },
  (table) => [index('erasures_due').on(table.dueAt).where(sql`done_at is null`)],
);
