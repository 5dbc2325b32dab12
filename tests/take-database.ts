import postgres from 'postgres';
import { afterAll } from 'vitest';
import { createDatabaseClient, type DatabaseClient } from '#db/client.ts';
import { createTestDatabase } from '#tests/create-test-database.ts';

/** A database for one test at a time, with connections that stay open for the next one. */
export interface TakenDatabase {
  url: string;
  client: DatabaseClient;
  /** As the owner of the tables, who sees every row. */
  sql: postgres.Sql;
  /** Empties it for the next test of the file. One that is still in use, was changed or has grown is closed instead. */
  release(): Promise<void>;
}

interface KeptDatabase extends Omit<TakenDatabase, 'release'> {
  structure: string;
}

/** What has grown beyond this is slow to read, even when it was emptied. */
const grownBytesMax = 16 * 1024 * 1024;
/** What a test did not wait for may end in this time. */
const looksMax = 100;
const lookEveryMs = 20;

const idle: KeptDatabase[] = [];

afterAll(async () => {
  await Promise.all(idle.splice(0).map(close));
});

export async function takeDatabase(): Promise<TakenDatabase> {
  const kept = idle.pop() ?? (await open());
  return { ...kept, release: () => release(kept) };
}

async function open(): Promise<KeptDatabase> {
  const url = await createTestDatabase();
  const sql = postgres(url, { max: 2, onnotice: () => undefined });
  return { url, client: createDatabaseClient(url), sql, structure: await readStructure(sql) };
}

async function close({ client, sql }: KeptDatabase): Promise<void> {
  await Promise.all([client.close(), sql.end({ timeout: 5 })]);
}

async function release(kept: KeptDatabase): Promise<void> {
  if (await isReusable(kept)) {
    await empty(kept.sql);
    idle.push(kept);
  } else await close(kept);
}

async function isReusable({ sql, structure }: KeptDatabase): Promise<boolean> {
  for (let look = 0; await isInUse(sql); look += 1) {
    if (look === looksMax) return false;
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
  const [size] = await sql<{ bytes: string }[]>`select pg_database_size(current_database()) as bytes`;
  return Number(size?.bytes) < grownBytesMax && (await readStructure(sql)) === structure;
}

async function isInUse(sql: postgres.Sql): Promise<boolean> {
  const [row] = await sql<{ inUse: boolean }[]>`
    select exists (select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle')
      or exists (select from pg_locks where locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())) as "inUse"`;
  return row?.inUse ?? true;
}

/** All that is not rows. */
async function readStructure(sql: postgres.Sql): Promise<string> {
  const [row] = await sql<{ structure: string }[]>`
    select md5(string_agg(part, ' ' order by part)) as structure from (
      select concat_ws(' ', c.oid, relname, relrowsecurity, relforcerowsecurity, relacl) as part
        from pg_class c where relnamespace::regnamespace::text in ('public', 'drizzle', 'bullmq')
      union all select concat_ws(' ', oid, tgname, tgenabled) from pg_trigger
      union all select concat_ws(' ', oid, polname) from pg_policy
      union all select oid::text from pg_proc where pronamespace::regnamespace::text in ('public', 'bullmq')) parts`;
  return row?.structure ?? '';
}

/** As the migrations left it: their own tables alone have rows. */
async function empty(sql: postgres.Sql): Promise<void> {
  await sql.unsafe(`do $$ declare full_table regclass; begin
    -- Neither references nor the triggers that keep rows from being deleted.
    perform set_config('session_replication_role', 'replica', true);
    for full_table in select relid from pg_stat_user_tables where schemaname in ('public', 'bullmq') and relname <> 'migration' loop
      execute format('delete from %s', full_table);
    end loop;
    perform setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
      from pg_sequences where last_value is not null and schemaname in ('public', 'bullmq');
  end $$`);
}
