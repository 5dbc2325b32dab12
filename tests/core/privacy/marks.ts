import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type postgres from 'postgres';
import { sha256 } from '#tests/read-zip.ts';

/** Every table and column, of every schema of ours, that holds one of these strings in any form. */
export async function findInTables(sql: postgres.Sql, marks: readonly string[]): Promise<string[]> {
  const columns = await sql<{ place: string; schema: string; table: string; column: string }[]>`
    select c.table_schema || '.' || c.table_name || '.' || c.column_name as place, c.table_schema as schema,
      c.table_name as table, c.column_name as column
    from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
    where t.table_type = 'BASE TABLE' and c.table_schema not in ('pg_catalog', 'information_schema') order by 1`;
  const found = [];
  for (const { place, schema, table, column } of columns) {
    const [row] = await sql`
      select count(*)::int as count from ${sql(schema)}.${sql(table)} t
      where exists (select from unnest(${[...marks]}::text[]) mark where position(mark in t.${sql(column)}::text) > 0)`;
    if (row?.count > 0) found.push(`${place}: ${row?.count}`);
  }
  return found;
}

/** Every stored file below a folder whose content has one of these hashes, or holds a word. */
export async function findInFiles(folder: string, hashes: ReadonlySet<string>, mark: string): Promise<string[]> {
  const found = [];
  let count = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    count += 1;
    const path = join(entry.parentPath, entry.name);
    const content = await readFile(path);
    if (hashes.has(sha256(content)) || content.includes(mark)) found.push(path);
  }
  if (count === 0) throw new Error(`there is no file in ${folder}`);
  return found;
}
