import { sql } from 'drizzle-orm';
import type { Channel } from '#core/ports/chat.ts';
import { send, type Tx } from '#db/client.ts';
import { channels } from '#db/schema/index.ts';

/** Finds or writes down a channel with its limits; one that was gone and is heard from again is back. Resolves to its id. */
export async function ensureChannel(
  tx: Tx,
  workspaceId: string,
  { platformId, name, limits }: Channel,
): Promise<string> {
  const limitsNow = sql`${sql.param(limits, channels.limits)}::jsonb`;
  const found = tx.execute<{ id: string }>(sql`
    with known as (
      select id from channels
      where workspace_id = ${workspaceId} and platform_id = ${platformId} and name = ${name} and gone_at is null
        and limits = ${limitsNow}
    ), made as (
      insert into channels (workspace_id, platform_id, name, limits)
      select ${workspaceId}, ${platformId}, ${name}, ${limitsNow} where not exists (select from known)
      on conflict (workspace_id, platform_id) do update set name = excluded.name, limits = excluded.limits, gone_at = null
      returning id
    )
    select id from known union all select id from made`);
  const [row] = await send(found);
  if (!row) throw new Error('the channel that was just written is not there');
  return row.id;
}
