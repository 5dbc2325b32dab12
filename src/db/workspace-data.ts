import { sql } from 'drizzle-orm';
import type { Tx } from '#db/client.ts';
import { release } from '#db/person-data.ts';
import * as schema from '#db/schema/index.ts';

/** What goes with a workspace, those that others point to last. Books and the log stay: they hold ids, codes and numbers. */
export const erasedWithWorkspace = [
  ...[schema.approvals, schema.notices, schema.grants, schema.budgets, schema.budgetMonths, schema.creditCounters],
  ...[schema.creditLimits, schema.roleMappings, schema.slackInstallations],
  ...[schema.auditTexts, schema.cachedResults, schema.calls, schema.downloadLinks, schema.drafts, schema.members],
  ...[schema.personLanes, schema.workspaceLanes, schema.playgroundMessages, schema.postings, schema.presets],
  ...[schema.settings, schema.images, schema.batches, schema.channels],
] as const;
export const keptOfWorkspace = [
  ...[schema.auditEntries, schema.auditHeads, schema.ledger, schema.quotas, schema.releasedBlobs],
] as const;

/** Deletes all of a workspace but its books and its log, with its name and address; for a transaction that sees every workspace. */
export async function eraseWorkspace(tx: Tx, id: string, now: Date): Promise<void> {
  await release(
    tx,
    sql`select workspace_id, item ->> 'blob' as blob from batches, jsonb_array_elements(inputs || sheets) item where workspace_id = ${id}
      union all select workspace_id, unnest(array[original, thumbnail, partial, source ->> 'blob']) from images where workspace_id = ${id}
      union all select workspace_id, unnest(array[original, thumbnail]) from cached_results where workspace_id = ${id}
      union all select workspace_id, item ->> 'blob' from drafts, jsonb_array_elements(plan -> 'inputs') item where workspace_id = ${id}
      union all select workspace_id, item ->> 'blob' from playground_messages, jsonb_array_elements(content -> 'files') item
        where workspace_id = ${id} and content ->> 'kind' = 'typed'`,
  );
  for (const table of erasedWithWorkspace) await tx.delete(table).where(sql`workspace_id = ${id}`);
  await tx.execute(sql`delete from file_links where kind <> 'person' and subject_id = ${id}`);
  await tx.execute(sql`
    update workspaces set name = '', platform_id = ${`erased:${id}`}, gone_at = coalesce(gone_at, ${now.toISOString()}::timestamptz),
      erased_at = ${now.toISOString()}::timestamptz where id = ${id}`);
}
