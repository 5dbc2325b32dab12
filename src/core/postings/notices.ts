import { eq, sql } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import { askRole } from '#core/people/ask-role.ts';
import { DeliveryError } from '#core/ports/delivery.ts';
import type { OutgoingAction, OutgoingMessage } from '#core/ports/message.ts';
import { settleBudgets, takeBudgets } from '#core/postings/take-budgets.ts';
import { acrossWorkspaces, type Tx } from '#db/client.ts';
import { notices } from '#db/schema/index.ts';
import type { Text } from '#src/i18n.ts';

/** Tries at a notice before it is given up; about twenty minutes with the waits between them. */
const attemptsMax = 8;
const retryFirstSeconds = 10;
const sentAtOnce = 20;
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

interface Due extends Record<string, unknown> {
  id: string;
  workspaceId: string;
  personId: string;
  managersOnly: boolean;
  content: Notice;
  attempts: number;
  platform: string;
  workspace: string;
  account: string;
  locale: string;
  timeZone: string;
}

/** Sends the notices that are due as direct messages, in the reader's language; whoever takes none is not asked for ever. */
export async function sendNotices(deps: Pick<Deps, 'db' | 'log' | 'platforms'>): Promise<void> {
  for (const notice of await claimDue(deps)) {
    try {
      if (await sendOne(deps, notice)) await forget(deps, notice);
    } catch (error) {
      const hopeless = (error instanceof DeliveryError && !error.retryable) || notice.attempts >= attemptsMax;
      deps.log.warn({ err: error, noticeId: notice.id, hopeless }, 'a notice could not be sent');
      if (hopeless) await forget(deps, notice);
    }
  }
}

/** Due again later unless they are sent by then: a process that dies with them has lost none. */
function claimDue({ db, platforms }: Pick<Deps, 'db' | 'platforms'>): Promise<Due[]> {
  if (platforms.size === 0) return Promise.resolve([]);
  return acrossWorkspaces(db, async (tx) => [
    ...(await tx.execute<Due>(sql`
      with due as (
        select n.id, w.platform, w.platform_id as workspace, a.platform_id as account,
          coalesce(a.language, s.language, 'en') as locale, coalesce(s.time_zone, 'UTC') as "timeZone"
        from notices n join workspaces w on w.id = n.workspace_id
        join lateral (select * from accounts where person_id = n.person_id and platform = w.platform order by created_at limit 1) a on true
        left join settings s on s.workspace_id = n.workspace_id and s.scope = 'workspace'
        where n.due_at <= now() and w.platform = any(${sql.param([...platforms.keys()])}::text[])
        order by n.id limit ${sentAtOnce} for update of n skip locked
      )
      update notices n set attempts = attempts + 1, due_at = now() + make_interval(secs => ${retryFirstSeconds} * 2 ^ n.attempts)
      from due where n.id = due.id
      returning n.id::text, n.workspace_id as "workspaceId", n.person_id as "personId", n.managers_only as "managersOnly", n.content, n.attempts, due.platform, due.workspace, due.account, due.locale, due."timeZone"`)),
  ]);
}

/** Resolves to false when the platform's budgets do not allow it now. */
async function sendOne(deps: Pick<Deps, 'db' | 'log' | 'platforms'>, due: Due): Promise<boolean> {
  const platform = deps.platforms.get(due.platform);
  if (!platform) return false;
  if (due.managersOnly) {
    const role = await askRole(deps, due.workspaceId, due.personId);
    if (role !== 'owner' && role !== 'admin') return true;
  }
  const { conversation, channel } = await platform.direct(due.workspace, due.account);
  const { locale, timeZone, content } = due;
  const message: OutgoingMessage = {
    ...{ locale, timeZone, audience: 'private', fields: [], images: [], imagesAs: 'pictures', actions: [] },
    ...content,
  };
  const urgency = 'progress';
  const call = { kind: 'send', workspace: due.workspace, channel: conversation.channel, images: 0 } as const;
  for (const [index, part] of platform.split(message, channel.limits).entries()) {
    const repeat = due.attempts > 1;
    const take = await takeBudgets(deps, platform.id, platform.budgets({ ...call, urgency, repeat }), { urgency });
    if ('waitMs' in take) return false;
    try {
      await platform.send(conversation, part, {
        limits: channel.limits,
        workspace: due.workspace,
        key: `notice-${due.id}-${index}`,
        repeat,
        pause: () => undefined,
        saveHandle: async () => undefined,
      });
    } finally {
      await settleBudgets(deps, take.taken, () => undefined);
    }
  }
  return true;
}

async function forget({ db }: Pick<Deps, 'db'>, { id }: Due): Promise<void> {
  await acrossWorkspaces(db, (tx) => tx.delete(notices).where(eq(notices.id, BigInt(id))));
}
