import { sql } from 'drizzle-orm';
import { bigint, integer, pgPolicy, pgTable, text } from 'drizzle-orm/pg-core';
import { acrossRole, createdAt, timestampTz } from '#db/columns.ts';

/** What was posted to a webhook and acknowledged while more came than could be done at once; deleted when it has been answered. */
export const waitingDeliveries = pgTable(
  'waiting_deliveries',
  {
    /** In the order in which they are done. */
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    /** The webhook's. */
    path: text('path').notNull(),
    /** What the platform posted, as its own code reads it. */
    delivery: text('delivery').notNull(),
    /** A process is at it until then, unless it says so anew. */
    heldUntil: timestampTz('held_until').notNull().defaultNow(),
    attempts: integer('attempts').notNull().default(0),
    createdAt: createdAt(),
  },
  // Whose workspace it is, only the platform's own code can tell.
  () => [pgPolicy('across_workspaces', { to: acrossRole, using: sql`true`, withCheck: sql`true` })],
);
