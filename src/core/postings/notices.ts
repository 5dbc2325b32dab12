import { sql } from 'drizzle-orm';
import type { Actor } from '#core/actor.ts';
import type { FileWanted } from '#core/files/file-links.ts';
import type { OutgoingAction, OutgoingMessage } from '#core/ports/message.ts';
import type { Tx } from '#db/client.ts';
import { notices } from '#db/schema/index.ts';
import type { Text } from '#src/i18n.ts';

/** Who runs a workspace of many admins is not written to by all of them. */
const adminsMax = 25;

/** What a person is told outside of any conversation. */
export interface Notice {
  title?: Text;
  lines: Text[];
  tone: OutgoingMessage['tone'];
  actions?: OutgoingAction[];
}

/**
 * Owes a notice to everybody who runs the workspace, as far as Easel knows them; who does not any more when it is sent is left out.
 * Resolves to how many are known.
 */
export async function tellAdmins(tx: Tx, workspaceId: string, notice: Notice): Promise<number> {
  const { count } = await tx.execute(sql`
    insert into notices (workspace_id, person_id, content, managers_only)
    select m.workspace_id, m.person_id, ${sql.param(notice, notices.content)}::jsonb, true
    from members m join workspaces w on w.id = m.workspace_id
    where m.workspace_id = ${workspaceId} and m.role in ('owner', 'admin')
      and exists (select from accounts a where a.person_id = m.person_id and a.platform = w.platform)
    order by m.role desc, m.person_id limit ${adminsMax}`);
  return count;
}

/** Owes a notice to one person. */
export async function tell(tx: Tx, workspaceId: string, personId: string, notice: Notice): Promise<void> {
  await tx.insert(notices).values({ workspaceId, personId, content: notice });
}

/** Owes the person who asks a file, with what it is; one about the workspace only as long as they run it. */
export async function oweFile(tx: Tx, { workspaceId, personId }: Actor, file: FileWanted, what: Text): Promise<void> {
  const content: Notice = { lines: [what], tone: 'success' };
  const managersOnly = file.kind !== 'person';
  await tx.insert(notices).values({ workspaceId, personId, content, file, managersOnly });
}
