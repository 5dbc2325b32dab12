import { and, eq } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import { type Membership, roleOf } from '#core/people/role-of.ts';
import { findMappings } from '#core/people/roles.ts';
import { type Role, roles } from '#core/ports/chat.ts';
import { DeliveryError } from '#core/ports/delivery.ts';
import { inWorkspace, type Tx } from '#db/client.ts';
import { accounts, members, workspaces } from '#db/schema/index.ts';

/**
 * The role that a person has now in a workspace that they do not speak from: the workspace's platform is asked about each
 * account of theirs, and what it says of the one with most rights is kept. Undefined when they are not in it.
 * @throws {DeliveryError} when the platform does not tell.
 */
export async function askRole(
  deps: Pick<Deps, 'db' | 'platforms'>,
  workspaceId: string,
  personId: string,
): Promise<Role | undefined> {
  const known = await inWorkspace(deps.db, workspaceId, (tx) => findKnown(tx, workspaceId, personId));
  const platform = deps.platforms.get(known.platform);
  if (!platform) throw new DeliveryError('network', `${known.platform} is not switched on`, { retryable: true });
  const told = await Promise.all(known.accounts.map((account) => platform.findStanding(known.workspace, account)));
  const [most] = told
    .flatMap((one) => (one ? [{ ...one, platformRoles: one.platformRoles ?? [], assigned: known.assigned }] : []))
    .map((membership) => ({ membership, role: roleOf(membership, known.mappings).role }))
    .toSorted((one, other) => roles.indexOf(one.role) - roles.indexOf(other.role));
  if (!most) return undefined;
  await inWorkspace(deps.db, workspaceId, (tx) => keepMember(tx, { workspaceId, personId }, most));
  return most.role;
}

async function findKnown(tx: Tx, workspaceId: string, personId: string) {
  const [workspace] = await tx
    .select({ platform: workspaces.platform, platformId: workspaces.platformId })
    .from(workspaces)
    .where(eq(workspaces.id, workspaceId));
  if (!workspace) throw new Error(`there is no workspace ${workspaceId}`);
  const { platform, platformId } = workspace;
  const [own, [member], mappings] = await Promise.all([
    tx
      .select({ platformId: accounts.platformId })
      .from(accounts)
      .where(and(eq(accounts.personId, personId), eq(accounts.platform, platform))),
    tx
      .select({ assigned: members.assigned })
      .from(members)
      .where(and(eq(members.workspaceId, workspaceId), eq(members.personId, personId))),
    findMappings(tx, workspaceId),
  ]);
  return {
    ...{ platform, workspace: platformId, accounts: own.map((account) => account.platformId) },
    ...{ assigned: member?.assigned ?? null, mappings },
  };
}

async function keepMember(
  tx: Tx,
  member: { workspaceId: string; personId: string },
  { membership, role }: { membership: Membership; role: Role },
): Promise<void> {
  const { standing, platformRoles } = membership;
  const said = { standing, platformRoles, role };
  await tx
    .insert(members)
    .values({ ...member, ...said })
    .onConflictDoUpdate({ target: [members.workspaceId, members.personId], set: said });
}
