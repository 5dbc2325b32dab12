import { sql } from 'drizzle-orm';
import { bigint, date, index, integer, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core';
import { createdAt, tenantPolicies, workspaceId } from '#db/columns.ts';

/** What a person holds and spent in a day of the workspace's time zone, in credits. */
export const quotas = pgTable(
  'quotas',
  {
    workspaceId: workspaceId(),
    personId: uuid('person_id').notNull(),
    period: date('period', { mode: 'string' }).notNull(),
    held: integer('held').notNull().default(0),
    spent: integer('spent').notNull().default(0),
    /** How much of both is beyond the person's own, out of their grants. */
    granted: integer('granted').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.personId, table.period] }), ...tenantPolicies()],
);

/** The credits that may be held and spent in a period; a role's day is with the settings. */
export const creditLimits = pgTable(
  'credit_limits',
  {
    workspaceId: workspaceId(),
    scope: text('scope').$type<'person' | 'role' | 'channel' | 'workspace'>().notNull(),
    /** The id of the person, channel or workspace; of a role its name. */
    scopeId: text('scope_id').notNull(),
    kind: text('kind').$type<'day' | 'month'>().notNull(),
    credits: integer('credits').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.scope, table.scopeId, table.kind] }),
    ...tenantPolicies(),
  ],
);

/** The credits held and spent together in every period but a person's day, whether or not it has a limit. */
export const creditCounters = pgTable(
  'credit_counters',
  {
    workspaceId: workspaceId(),
    scope: text('scope').$type<'person' | 'channel' | 'workspace'>().notNull(),
    scopeId: uuid('scope_id').notNull(),
    kind: text('kind').$type<'day' | 'month'>().notNull(),
    /** Its first day. */
    period: date('period', { mode: 'string' }).notNull(),
    used: integer('used').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.scope, table.scopeId, table.kind, table.period] }),
    ...tenantPolicies(),
  ],
);

/** Credits that somebody was given on top, for the days from the first to the last. What of them is used follows from the days. */
export const grants = pgTable(
  'grants',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    workspaceId: workspaceId(),
    personId: uuid('person_id').notNull(),
    credits: integer('credits').notNull(),
    firstDay: date('first_day', { mode: 'string' }).notNull(),
    lastDay: date('last_day', { mode: 'string' }).notNull(),
    createdAt: createdAt(),
  },
  (table) => [index('grants_person').on(table.workspaceId, table.personId), ...tenantPolicies()],
);

/** Every movement of credits; (source, kind) is unique, so repeating one changes nothing. */
export const ledger = pgTable(
  'ledger',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    workspaceId: workspaceId(),
    personId: uuid('person_id').notNull(),
    kind: text('kind').$type<'reserve' | 'settle' | 'refund' | 'grant' | 'adjust'>().notNull(),
    /** What it is for: `image:<id>`, `grant:<id>`. */
    source: text('source').notNull(),
    credits: integer('credits').notNull(),
    /** What the provider is paid, in millionths of `currency`: on a settle, and for written out words on an adjust without credits. */
    moneyMicros: bigint('money_micros', { mode: 'number' }).notNull().default(0),
    currency: text('currency').notNull().default('USD'),
    period: date('period', { mode: 'string' }).notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    unique('ledger_once').on(table.source, table.kind),
    index('ledger_person').on(table.workspaceId, table.personId, table.period),
    // With all that a sum of them needs.
    index('ledger_money')
      .on(table.workspaceId, table.period, table.currency, table.moneyMicros)
      .where(sql`money_micros > 0`),
    ...tenantPolicies(),
  ],
);
