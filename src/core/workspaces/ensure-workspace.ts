import { sql } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import type { Sender } from '#core/ports/chat.ts';

/** Finds or writes down a workspace with its name; one that was gone and is heard from again is back. Resolves to its id. */
export async function ensureWorkspace(
  deps: Pick<Deps, 'db'>,
  platform: string,
  { platformId, name }: Sender['workspace'],
): Promise<string> {
  const [row] = await deps.db.execute<{ id: string }>(sql`
    with known as (
      select id from workspaces
      where platform = ${platform} and platform_id = ${platformId} and name = ${name} and gone_at is null
    ), made as (
      insert into workspaces (platform, platform_id, name)
      select ${platform}, ${platformId}, ${name} where not exists (select from known)
      on conflict (platform, platform_id) do update set name = excluded.name, gone_at = null
      returning id
    )
    select id from known union all select id from made`);
  if (!row) throw new Error('the workspace that was just written is not there');
  return row.id;
}
