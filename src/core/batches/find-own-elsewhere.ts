import { and, desc, inArray, type SQL, sql } from 'drizzle-orm';
import type { Actor } from '#core/actor.ts';
import { readBatchId } from '#core/batches/batch-id.ts';
import type { Batch } from '#core/batches/find-batch.ts';
import type { CommandContext } from '#core/commands/define.ts';
import type { Role } from '#core/ports/chat.ts';
import { acrossWorkspaces, seeAcross, type Tx } from '#db/client.ts';
import { batches } from '#db/schema/index.ts';

/** Another workspace, of whatever app. */
export interface Elsewhere extends Record<string, unknown> {
  workspaceId: string;
  name: string;
  /** What the person was when they were last seen there. */
  lastRole: Role;
}

/**
 * Which other workspace a person's own batch or draft is in; undefined where it is in none, is somebody else's, or the workspace
 * does not allow it. A draft that this very delivery has ended is found by what it left behind, so that a repeat is known as one.
 */
export async function findOwnElsewhere(
  { deps, actor, call }: Pick<CommandContext, 'deps' | 'actor' | 'call'>,
  typedId: string,
): Promise<Elsewhere | undefined> {
  const id = readBatchId(typedId);
  const own = [...actor.personIds];
  const [found] = await acrossWorkspaces(deps.db, (tx) =>
    tx.execute<Elsewhere>(sql`
      with joined as (
        select m.workspace_id, w.name, m.role from members m join workspaces w on w.id = m.workspace_id
        left join settings s on s.workspace_id = w.id and s.scope = 'workspace'
        where m.person_id in ${own} and w.id <> ${actor.workspaceId} and w.erased_at is null and coalesce(s.elsewhere, true)
      )
      select workspace_id as "workspaceId", name, role as "lastRole" from joined
      where workspace_id in (
        select workspace_id from batches where id = ${id} and person_id in ${own}
        union all select workspace_id from drafts where id = ${id} and person_id in ${own}
        union all select c.workspace_id from calls c join joined j on j.workspace_id = c.workspace_id
          where c.delivery_key = ${call.deliveryKey}
      )
      order by array_position(array['owner', 'admin', 'member', 'guest'], role) limit 1`),
  );
  return found;
}

/**
 * Which other workspace, that knows the person, asks its managers about a draft; undefined where none does. Also once that was
 * decided, so that who comes later hears so.
 */
export async function findAskedElsewhere(
  { deps, actor }: Pick<CommandContext, 'deps' | 'actor'>,
  typedId: string,
): Promise<Elsewhere | undefined> {
  const [found] = await acrossWorkspaces(deps.db, (tx) =>
    tx.execute<Elsewhere>(sql`
      select p.workspace_id as "workspaceId", w.name, m.role as "lastRole"
      from approvals p join workspaces w on w.id = p.workspace_id join members m on m.workspace_id = p.workspace_id
      where p.id = ${readBatchId(typedId)} and p.workspace_id <> ${actor.workspaceId} and w.erased_at is null
        and m.person_id in ${[...actor.personIds]} limit 1`),
  );
  return found;
}

/** The person's own batches of every workspace that allows it, newest first. */
export async function listOwnEverywhere(tx: Tx, actor: Actor, limit: number): Promise<Batch[]> {
  return seeAcross(tx, () =>
    tx
      .select()
      .from(batches)
      .where(and(inArray(batches.personId, [...actor.personIds]), isSeenElsewhere(actor)))
      .orderBy(desc(batches.createdAt), desc(batches.id))
      .limit(limit),
  );
}

/** Whether a batch is of this workspace, or of one that lets its people see theirs in their direct messages. */
export function isSeenElsewhere({ workspaceId }: Pick<Actor, 'workspaceId'>): SQL {
  return sql`(${batches.workspaceId} = ${workspaceId} or not exists (
    select from settings s where s.workspace_id = ${batches.workspaceId} and s.scope = 'workspace' and not s.elsewhere))`;
}
