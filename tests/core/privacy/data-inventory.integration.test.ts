import { readFile } from 'node:fs/promises';
import { getTableName } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { erasedWithWorkspace, keptOfWorkspace } from '#db/workspace-data.ts';
import { createTestCore } from '#tests/factories.ts';

async function tablesOf(tenant: boolean): Promise<string[]> {
  await using core = await createTestCore();
  const rows = await core.sql<{ name: string; tenant: boolean }[]>`
    select c.relname as name, exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id') as tenant
    from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace order by 1`;
  return rows.filter((row) => row.tenant || !tenant).map(({ name }) => name);
}

it('docs/data-inventory.md lists every table, and no other', async () => {
  const text = await readFile(new URL('../../../docs/data-inventory.md', import.meta.url), 'utf8');
  const listed = [...text.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, name]) => name).sort();
  expect(listed).toEqual(await tablesOf(false));
});

it('what goes with a workspace, and what stays, are all the tables that have one', async () => {
  const named = [...erasedWithWorkspace, ...keptOfWorkspace].map(getTableName).sort();
  expect(named).toEqual(await tablesOf(true));
});
