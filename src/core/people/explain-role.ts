import { and, eq } from 'drizzle-orm';
import { type FoundRole, roleOf } from '#core/people/role-of.ts';
import { findMappings } from '#core/people/roles.ts';
import type { Tx } from '#db/client.ts';
import { members } from '#db/schema/index.ts';

/** The role of somebody in a workspace, and what it comes from. */
export async function explainRole(tx: Tx, workspaceId: string, personId: string): Promise<FoundRole> {
  const [mappings, [member]] = await Promise.all([
    findMappings(tx, workspaceId),
    tx
      .select({ standing: members.standing, assigned: members.assigned, platformRoles: members.platformRoles })
      .from(members)
      .where(and(eq(members.workspaceId, workspaceId), eq(members.personId, personId))),
  ]);
  return roleOf(member ?? { standing: null, assigned: null, platformRoles: [] }, mappings);
}
