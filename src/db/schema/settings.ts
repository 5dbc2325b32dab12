import { sql } from 'drizzle-orm';
import { boolean, check, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { tenantPolicies, timestampTz, workspaceId } from '#db/columns.ts';
import { workspaces } from '#db/schema/workspaces.ts';

/** What is absent is not ruled. */
interface Rule {
  /** These alone may be used. */
  models?: string[];
  notModels?: string[];
  imagesMax?: number;
  style?: false;
  private?: false;
}

/** What an owner or admin set for a workspace (scope_id = workspace_id) or for one of its channels, and what an operator laid on it. */
export const settings = pgTable(
  'settings',
  {
    workspaceId: workspaceId().references(() => workspaces.id),
    scope: text('scope').$type<'workspace' | 'channel' | 'operator'>().notNull(),
    scopeId: uuid('scope_id').notNull(),
    language: text('language'),
    timeZone: text('time_zone'),
    model: text('model'),
    /** The shape of pictures that are asked for without one. */
    ratio: jsonb('ratio').$type<{ width: number; height: number }>(),
    /** Shares of the dispatch order by role; a missing role is not set here. */
    weights: jsonb('weights').$type<Record<string, number>>().notNull().default({}),
    /** Most images in flight at once, of one person and of the whole workspace; for a workspace only. */
    inFlightPerson: integer('in_flight_person'),
    inFlightWorkspace: integer('in_flight_workspace'),
    /** Whether another model may take over where a provider is down. */
    failover: boolean('failover'),
    /** Words that are added to prompts that have no style of their own. */
    style: text('style'),
    /** Whether what is asked for is private unless something else is typed. */
    private: boolean('private'),
    /** A batch of more pictures, or of more credits, is a draft first; for a workspace only. */
    draftImages: integer('draft_images'),
    draftCredits: integer('draft_credits'),
    /** Words that no prompt may hold; null where none was set. */
    blockedWords: jsonb('blocked_words').$type<string[]>(),
    /** What is done with pictures by what they show; null where nothing was set. */
    pictures:
      jsonb('pictures').$type<Partial<Record<'suggestive' | 'explicit', 'show' | 'spoiler' | 'blur' | 'block'>>>(),
    /** What is not allowed, by the highest role that it holds for. */
    rules: jsonb('rules').$type<Partial<Record<'owner' | 'admin' | 'member' | 'guest', Rule>>>().notNull().default({}),
    /** Since when an operator takes no commands from here. */
    suspendedAt: timestampTz('suspended_at'),
    /** The credits of a day, and the money of a month, that an operator lets the whole workspace use. */
    creditsDay: integer('credits_day'),
    moneyMonth: jsonb('money_month').$type<{ currency: string; amountMicros: number; rates: Record<string, number> }>(),
    /** Days that words, pictures, and replies and names are kept; null = for good. For a workspace only. */
    keepPrompts: integer('keep_prompts'),
    keepPictures: integer('keep_pictures'),
    keepLogs: integer('keep_logs'),
    /** Whether people see their batches of this workspace in their direct messages of another; for a workspace only. */
    elsewhere: boolean('elsewhere'),
    /** Daily credits by role; a missing role is not set here. */
    credits: jsonb('credits').$type<Record<string, number>>().notNull().default({}),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.scope, table.scopeId] }),
    check('settings_scope', sql`${table.scope} in ('workspace', 'channel', 'operator')`),
    ...tenantPolicies(),
  ],
);
