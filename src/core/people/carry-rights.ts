import { inArray, sql } from 'drizzle-orm';
import { seeAcross, type Tx } from '#db/client.ts';
import { members } from '#db/schema/index.ts';

/** What workspaces have set by hand for either of two people holds for the one whom they are now: roles and limits. */
export async function joinRights(tx: Tx, { kept, gone }: { kept: string; gone: string }): Promise<void> {
  await holdRoles(tx, [kept, gone]);
  await seeAcross(tx, () =>
    tx.execute(sql`
      insert into members as m (workspace_id, person_id, role, standing, assigned, platform_roles)
      select workspace_id, ${kept}::uuid, role, standing, assigned, platform_roles from members where person_id = ${gone}
      on conflict (workspace_id, person_id) do update set assigned = excluded.assigned, role = excluded.role
        where m.assigned is null and excluded.assigned is not null`),
  );
  await seeAcross(tx, () =>
    tx.execute(sql`update members set assigned = null where person_id = ${gone} and assigned is not null`),
  );
  await seeAcross(tx, () =>
    tx.execute(sql`
      with moved as (delete from credit_limits where scope = 'person' and scope_id = ${gone} returning *)
      insert into credit_limits as l (workspace_id, scope, scope_id, kind, credits)
      select workspace_id, scope, ${kept}, kind, credits from moved
      on conflict (workspace_id, scope, scope_id, kind) do update set credits = least(l.credits, excluded.credits)`),
  );
}

interface Parting {
  platform: string;
  from: string;
  to: string;
}

/** Who leaves was the whole person on that platform, and takes along what its workspaces have set for them. */
export async function moveRights(tx: Tx, { platform, from, to }: Parting): Promise<void> {
  await holdRoles(tx, [from, to]);
  await seeAcross(tx, () =>
    tx.execute(sql`
      insert into members (workspace_id, person_id, role, standing, assigned, platform_roles)
      select m.workspace_id, ${to}::uuid, role, standing, assigned, platform_roles
      from members m join workspaces w on w.id = m.workspace_id where m.person_id = ${from} and w.platform = ${platform}
      on conflict (workspace_id, person_id) do update set role = excluded.role, standing = excluded.standing,
        assigned = excluded.assigned, platform_roles = excluded.platform_roles`),
  );
  await seeAcross(tx, () =>
    tx.execute(sql`
      update members m set role = 'guest', standing = null, assigned = null, platform_roles = '[]' from workspaces w
      where w.id = m.workspace_id and w.platform = ${platform} and m.person_id = ${from}`),
  );
  await seeAcross(tx, () =>
    tx.execute(sql`
      with moved as (
        delete from credit_limits l using workspaces w
        where w.id = l.workspace_id and w.platform = ${platform} and l.scope = 'person' and l.scope_id = ${from} returning l.*
      )
      insert into credit_limits (workspace_id, scope, scope_id, kind, credits)
      select workspace_id, scope, ${to}, kind, credits from moved
      on conflict (workspace_id, scope, scope_id, kind) do update set credits = excluded.credits`),
  );
}

/**
 * The person stays on that platform with another account: a role that takes rights from them is taken from both, what they were
 * given stays with them alone.
 */
export async function shareRights(tx: Tx, { platform, from, to }: Parting): Promise<void> {
  await holdRoles(tx, [from, to]);
  await seeAcross(tx, () =>
    tx.execute(sql`
      insert into members (workspace_id, person_id, role, assigned)
      select m.workspace_id, ${to}::uuid, case when assigned = 'guest' then 'guest' else 'member' end,
        case when assigned in ('member', 'guest') then assigned end
      from members m join workspaces w on w.id = m.workspace_id
      where m.person_id = ${from} and w.platform = ${platform}
      on conflict (workspace_id, person_id) do update set role = excluded.role, assigned = excluded.assigned`),
  );
}

/** In the order in which whoever changes roles in a workspace holds them. */
async function holdRoles(tx: Tx, personIds: string[]): Promise<void> {
  await seeAcross(tx, () =>
    tx
      .select({ personId: members.personId })
      .from(members)
      .where(inArray(members.personId, personIds))
      .orderBy(members.workspaceId, members.personId)
      .for('update'),
  );
}
