import { pgTable, uuid } from 'drizzle-orm/pg-core';
import { timestampTz } from '#db/columns.ts';

/** Processes that make pictures and post. One that has not been seen for a while has died, and what it held is free. */
export const workers = pgTable('workers', {
  id: uuid('id').primaryKey(),
  seenAt: timestampTz('seen_at').notNull().defaultNow(),
});
