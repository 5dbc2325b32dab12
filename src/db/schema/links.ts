import { integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { createdAt, timestampTz } from '#db/columns.ts';

/** A code that joins another account to a person: its first half finds it, the other is here only as what it hashes to. */
export const linkCodes = pgTable('link_codes', {
  selector: text('selector').primaryKey(),
  salt: text('salt').notNull(),
  /** scrypt, in hexadecimal. */
  hash: text('hash').notNull(),
  accountId: uuid('account_id').notNull(),
  /** Wrong second halves so far. */
  tries: integer('tries').notNull().default(0),
  createdAt: createdAt(),
  expiresAt: timestampTz('expires_at').notNull(),
});
