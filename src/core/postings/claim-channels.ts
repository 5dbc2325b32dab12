import { asc, desc, type SQL, sql } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import { workerIsGone } from '#core/workers.ts';
import { acrossWorkspaces } from '#db/client.ts';
import { channels } from '#db/schema/index.ts';

/** Channels that one process sends to at a time. */
const channelsAtOnce = 8;

const hasFinalDue = sql`exists (
  select from postings where channel_id = ${channels.id} and final and wanted > shown and due_at <= now())`;

type Channel = typeof channels.$inferSelect;

/**
 * How long until something owed becomes due, in milliseconds; undefined when nothing is owed. What is owed where this
 * process sends just now does not count.
 */
export async function nextDueMs(deps: Pick<Deps, 'db' | 'platforms' | 'busy'>): Promise<number | undefined> {
  const [row] = await acrossWorkspaces(deps.db, (tx) =>
    tx.execute<{ ms: number | null }>(sql`
      select ceil(extract(epoch from min(greatest(p.due_at, c.next_send_at)) - now()) * 1000)::int as ms
      from postings p join channels c on c.id = p.channel_id
      where p.wanted > p.shown and c.gone_at is null and c.workspace_id in ${reachableWorkspaces(deps)}
        and c.id <> all(${servedIds(deps)})`),
  );
  return row?.ms === null || row === undefined ? undefined : Math.max(0, row.ms);
}

/** Those of platforms that are switched on here; what is owed elsewhere waits for a process that can send it. */
function reachableWorkspaces(deps: Pick<Deps, 'platforms'>): SQL {
  const ids = sql.join(
    [...deps.platforms.keys()].map((id) => sql`${id}`),
    sql`, `,
  );
  return sql`(select id from workspaces where platform = any(array[${ids}]::text[]))`;
}

/** The channels that this process sends to just now. */
function served(deps: Pick<Deps, 'busy'>): string[] {
  return [...deps.busy].filter((key) => key.startsWith('channel:')).map((key) => key.slice('channel:'.length));
}

function servedIds(deps: Pick<Deps, 'busy'>): SQL {
  return sql`${sql.param(served(deps))}::uuid[]`;
}

/** Takes the channels that are due and that nobody else serves, for this process; first those where something final is. */
export async function claimChannels(
  deps: Pick<Deps, 'db' | 'platforms' | 'workerId' | 'pulse' | 'busy'>,
): Promise<Channel[]> {
  const free = channelsAtOnce - served(deps).length;
  if (free <= 0) return [];
  return acrossWorkspaces(deps.db, async (tx) => {
    const due = await tx
      .select({ id: channels.id })
      .from(channels)
      .where(
        sql`${channels.workspaceId} in ${reachableWorkspaces(deps)} and ${channels.goneAt} is null and ${channels.nextSendAt} <= now() and ${channels.id} <> all(${servedIds(deps)})
          and (${channels.workerId} = ${deps.workerId} or ${workerIsGone(deps, channels.workerId)})
          and ${channels.id} in (select channel_id from postings where wanted > shown and due_at <= now())`,
      )
      .orderBy(desc(hasFinalDue), asc(channels.nextSendAt))
      .limit(free)
      .for('update', { skipLocked: true });
    if (due.length === 0) return [];
    return tx
      .update(channels)
      .set({ workerId: deps.workerId })
      .where(sql`${channels.id} in ${due.map((row) => row.id)}`)
      .returning();
  });
}
