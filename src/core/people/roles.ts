import { and, eq, inArray, isNull } from 'drizzle-orm';
import type { Actor } from '#core/actor.ts';
import { hasRole } from '#core/actor.ts';
import { UserError } from '#core/errors.ts';
import { type Membership, type RoleMapping, roleOf } from '#core/people/role-of.ts';
import type { Role } from '#core/ports/chat.ts';
import type { Tx } from '#db/client.ts';
import { members, people, roleMappings } from '#db/schema/index.ts';

/** What is mapped in a workspace, in the order of the names. */
export function findMappings(tx: Tx, workspaceId: string): Promise<RoleMapping[]> {
  const { platformRole, name, role } = roleMappings;
  const ofWorkspace = eq(roleMappings.workspaceId, workspaceId);
  return tx.select({ platformRole, name, role }).from(roleMappings).where(ofWorkspace).orderBy(name);
}

interface Member extends Membership {
  personId: string;
  role: Role;
}

/** Everybody who is known in a workspace, whose roles nobody else changes before the transaction has ended. */
async function holdMembers(tx: Tx, workspaceId: string): Promise<Member[]> {
  const { personId, role, standing, assigned, platformRoles } = members;
  const rows = await tx
    .select({ personId, role, standing, assigned, platformRoles })
    .from(members)
    .innerJoin(people, eq(people.id, personId))
    // Who is part of another since accounts were linked is nobody of their own.
    .where(and(eq(members.workspaceId, workspaceId), isNull(people.joinedTo)))
    .orderBy(personId)
    .for('update', { of: members });
  // The version before kept what the platform said as the role.
  return rows.map((row) => ({ ...row, standing: row.standing ?? (row.assigned === null ? row.role : null) }));
}

/**
 * Gives everybody the role that holds for them now, as it is kept with them.
 * @throws {UserError} `role.lastOwner` where nobody would be an owner any more.
 */
async function settleRoles(tx: Tx, workspaceId: string, known: readonly Member[]): Promise<void> {
  const mappings = await findMappings(tx, workspaceId);
  const now = known.map((member) => ({ ...member, now: roleOf(member, mappings).role }));
  const hasOwner = (role: 'role' | 'now') => now.some((member) => member[role] === 'owner');
  if (hasOwner('role') && !hasOwner('now')) throw new UserError('role.lastOwner');
  const changed = Map.groupBy(
    now.filter((member) => member.now !== member.role),
    (member) => member.now,
  );
  for (const [role, people] of changed) {
    const ids = people.map(({ personId }) => personId);
    await tx
      .update(members)
      .set({ role })
      .where(and(eq(members.workspaceId, workspaceId), inArray(members.personId, ids)));
  }
}

/** Owners alone make and unmake owners and admins; nobody gives more than they have. @throws {UserError} `role.ownersOnly` */
function requireMayChange(actor: Actor, ...changed: Role[]): void {
  if (changed.some((role) => role === 'owner' || role === 'admin') && !hasRole(actor, 'owner'))
    throw new UserError('role.ownersOnly');
}

/**
 * Sets a person's role by hand, or takes it back with null. Resolves to the roles before and after.
 * @throws {UserError} `role.ownersOnly`, `role.ownerStays` for whom the platform has as its owner, `role.lastOwner`
 */
export async function assignRole(
  tx: Tx,
  actor: Actor,
  person: { personId: string; name: string },
  role: Role | null,
): Promise<{ before: Role; after: Role }> {
  const { workspaceId } = actor;
  const known = await holdMembers(tx, workspaceId);
  const member = known.find(({ personId }) => personId === person.personId);
  if (!member) throw new UserError('person.unknown', { name: person.name });
  const mappings = await findMappings(tx, workspaceId);
  const assigned = { ...member, assigned: role };
  const [before, after] = [roleOf(member, mappings).role, roleOf(assigned, mappings).role];
  requireMayChange(actor, before, after, role ?? after);
  if (member.standing === 'owner' && role !== null && role !== 'owner')
    throw new UserError('role.ownerStays', { name: person.name });
  await tx
    .update(members)
    .set({ assigned: role })
    .where(and(eq(members.workspaceId, workspaceId), eq(members.personId, person.personId)));
  await settleRoles(
    tx,
    workspaceId,
    known.map((one) => (one === member ? assigned : one)),
  );
  return { before, after };
}

/** Maps one of the platform's roles, or takes that back with null. Resolves to what it was mapped to before. @throws {UserError} `role.ownersOnly` */
export async function mapRole(
  tx: Tx,
  actor: Actor,
  { platformRole, name }: Pick<RoleMapping, 'platformRole' | 'name'>,
  role: RoleMapping['role'] | null,
): Promise<RoleMapping['role'] | null> {
  if (!hasRole(actor, 'owner')) throw new UserError('role.ownersOnly');
  const { workspaceId } = actor;
  const known = await holdMembers(tx, workspaceId);
  const before = (await findMappings(tx, workspaceId)).find((one) => one.platformRole === platformRole)?.role ?? null;
  const mapping = and(eq(roleMappings.workspaceId, workspaceId), eq(roleMappings.platformRole, platformRole));
  if (role === null) await tx.delete(roleMappings).where(mapping);
  else
    await tx
      .insert(roleMappings)
      .values({ workspaceId, platformRole, name, role })
      .onConflictDoUpdate({ target: [roleMappings.workspaceId, roleMappings.platformRole], set: { name, role } });
  await settleRoles(tx, workspaceId, known);
  return before;
}
