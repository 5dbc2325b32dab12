import { sql } from 'drizzle-orm';
import { pgPolicy, pgRole, timestamp, uuid } from 'drizzle-orm/pg-core';

/** The role every verb acts as: owns nothing, sees one workspace at a time. Made by the first migration. */
export const appRole = pgRole('easel_app').existing();
/** The role of dispatch and sweep alone: owns nothing, sees every workspace. */
export const acrossRole = pgRole('easel_across').existing();

/** The tenant column. */
export const workspaceId = () => uuid('workspace_id').notNull();

export const timestampTz = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

export const createdAt = () => timestampTz('created_at').notNull().defaultNow();

/** Row-level security of a tenant table: the second wall behind `inWorkspace`. */
export function tenantPolicies() {
  const own = sql`workspace_id = nullif(current_setting('easel.workspace', true), '')::uuid`;
  return [
    pgPolicy('in_workspace', { to: appRole, using: own, withCheck: own }),
    pgPolicy('across_workspaces', { to: acrossRole, using: sql`true`, withCheck: sql`true` }),
  ];
}
