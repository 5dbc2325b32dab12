import { index, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core';
import { createdAt, tenantPolicies, workspaceId } from '#db/columns.ts';
import { workspaces } from '#db/schema/workspaces.ts';

/** The human behind one or more accounts. */
export const people = pgTable('people', {
  id: uuid('id').primaryKey().defaultRandom(),
  createdAt: createdAt(),
});

/** An identity on one platform. `language` is what the person chose with /language. */
export const accounts = pgTable(
  'accounts',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    personId: uuid('person_id')
      .notNull()
      .references(() => people.id),
    platform: text('platform').notNull(),
    platformId: text('platform_id').notNull(),
    name: text('name').notNull(),
    language: text('language'),
    createdAt: createdAt(),
  },
  (table) => [unique('accounts_address').on(table.platform, table.platformId)],
);

/** Which role a person has in a workspace. */
export const members = pgTable(
  'members',
  {
    workspaceId: workspaceId().references(() => workspaces.id),
    personId: uuid('person_id')
      .notNull()
      .references(() => people.id),
    role: text('role').$type<'owner' | 'admin' | 'member' | 'guest'>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.personId] }),
    index('members_person').on(table.personId),
    ...tenantPolicies(),
  ],
);
