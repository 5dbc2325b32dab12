import { sql } from 'drizzle-orm';
import { index, jsonb, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core';
import { createdAt, tenantPolicies, workspaceId } from '#db/columns.ts';
import { workspaces } from '#db/schema/workspaces.ts';

type Role = 'owner' | 'admin' | 'member' | 'guest';

/** The human behind one or more accounts. */
export const people = pgTable(
  'people',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    /** The person that this one is part of since accounts were linked: who asks goes by that, and rows keep who asked. */
    joinedTo: uuid('joined_to'),
    createdAt: createdAt(),
  },
  (table) => [index('people_joined').on(table.joinedTo).where(sql`joined_to is not null`)],
);

/** An identity on one platform. `language` is what the person chose with /language; `username` what mentions name them by where that is no name. */
export const accounts = pgTable(
  'accounts',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    personId: uuid('person_id')
      .notNull()
      .references(() => people.id),
    /** Whose it was before it was linked, and is again when it is taken off; null where that is its person. */
    ownPersonId: uuid('own_person_id'),
    platform: text('platform').notNull(),
    platformId: text('platform_id').notNull(),
    name: text('name').notNull(),
    username: text('username'),
    language: text('language'),
    createdAt: createdAt(),
  },
  (table) => [
    unique('accounts_address').on(table.platform, table.platformId),
    index('accounts_username')
      .on(table.platform, sql`lower(${table.username})`)
      .where(sql`${table.username} is not null`),
    index('accounts_person').on(table.personId),
  ],
);

/**
 * Which role a person has in a workspace, and what it comes from: their role by the platform when they were last heard, the
 * platform's own roles that they had then, and what was set by hand.
 */
export const members = pgTable(
  'members',
  {
    workspaceId: workspaceId().references(() => workspaces.id),
    personId: uuid('person_id')
      .notNull()
      .references(() => people.id),
    role: text('role').$type<Role>().notNull(),
    standing: text('standing').$type<Role>(),
    assigned: text('assigned').$type<Role>(),
    platformRoles: jsonb('platform_roles').$type<readonly string[]>().notNull().default([]),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.personId] }),
    index('members_person').on(table.personId),
    ...tenantPolicies(),
  ],
);
