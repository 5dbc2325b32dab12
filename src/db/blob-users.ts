import { sql } from 'drizzle-orm';
import type { Tx } from '#db/client.ts';

/**
 * Which of these blobs rows of the workspace need: `kept` for good, `held` for a while, by drafts or by an image that is still
 * to be looked at. What is shown of a picture does not count, as it follows the picture. Whatever comes to need stored files is
 * named here too.
 */
export async function findBlobUsers(
  tx: Tx,
  workspaceId: string,
  blobs: readonly string[],
): Promise<{ kept: Set<string>; held: Set<string> }> {
  const rows = await tx.execute<{ blob: string; kept: boolean }>(sql`
    with asked as (select unnest(${sql.param([...blobs])}::text[]) as blob), used as (
      select blob, true as kept from asked where exists (select from images
        where workspace_id = ${workspaceId} and (original = asked.blob or thumbnail = asked.blob or source ->> 'blob' = asked.blob))
      union all
      select blob, true from asked join cached_results c on blob in (c.original, c.thumbnail)
        where c.workspace_id = ${workspaceId}
      union all
      select item ->> 'blob', true from batches, jsonb_array_elements(inputs || sheets) item
        where workspace_id = ${workspaceId}
      union all
      select item ->> 'blob', true from playground_messages, jsonb_array_elements(content -> 'files') item
        where workspace_id = ${workspaceId} and content ->> 'kind' = 'typed'
      union all
      select item ->> 'blob', false from drafts, jsonb_array_elements(plan -> 'inputs') item
        where workspace_id = ${workspaceId}
      union all
      select blob, false from asked join images i on i.id = substring(blob from '/unchecked-([0-9]+)$')::bigint
        where i.workspace_id = ${workspaceId} and i.state in ('queued', 'dispatched')
    )
    select blob, bool_or(used.kept) as kept from asked join used using (blob) group by blob`);
  const named = (kept: boolean) => new Set(rows.filter((row) => row.kept === kept).map(({ blob }) => blob));
  return { kept: named(true), held: named(false) };
}
