import { sql } from 'drizzle-orm';
import { readBatchId } from '#core/batches/batch-id.ts';
import type { CommandContext } from '#core/commands/define.ts';
import type { Role } from '#core/ports/chat.ts';
import { acrossWorkspaces } from '#db/client.ts';

/**
 * Which other workspace of the same app a person's own batch or draft is in, with the role that they had there last; undefined
 * where it is in none, or is somebody else's. A draft that this very delivery has ended is found by what it left behind, so
 * that a repeat is known as one.
 */
export async function findOwnElsewhere(
  { deps, actor, call }: Pick<CommandContext, 'deps' | 'actor' | 'call'>,
  typedId: string,
): Promise<{ workspaceId: string; role: Role } | undefined> {
  const id = readBatchId(typedId);
  const [found] = await acrossWorkspaces(deps.db, (tx) =>
    tx.execute<{ workspaceId: string; role: Role }>(sql`
      with joined as (
        select m.workspace_id, m.role from members m join workspaces w on w.id = m.workspace_id
        where m.person_id = ${actor.personId} and w.platform = ${call.platform} and w.id <> ${actor.workspaceId}
      )
      select workspace_id as "workspaceId", role from joined
      where workspace_id in (
        select workspace_id from batches where id = ${id} and person_id = ${actor.personId}
        union all select workspace_id from drafts where id = ${id} and person_id = ${actor.personId}
        union all select c.workspace_id from calls c join joined j on j.workspace_id = c.workspace_id
          where c.delivery_key = ${call.deliveryKey}
      )
      limit 1`),
  );
  return found;
}
