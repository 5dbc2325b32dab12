import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { expect, inject, it } from 'vitest';
import { createDatabaseClient } from '#db/client.ts';
import { migrateDatabase } from '#db/migrate.ts';
import { openPostgresBackend } from '#jobs/queue-backend.ts';
import { createLogger } from '#src/logger.ts';

const log = createLogger('silent');

/** An empty database on the run's server. */
async function createEmptyDatabase(): Promise<string> {
  const templateUrl = inject('templateUrl');
  const name = `empty_${randomBytes(6).toString('hex')}`;
  await using admin = await connect(Object.assign(new URL(templateUrl), { pathname: '/easel' }).href);
  await admin.sql.unsafe(`create database ${name}`);
  return Object.assign(new URL(templateUrl), { pathname: `/${name}` }).href;
}

async function connect(url: string) {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  return { sql, [Symbol.asyncDispose]: () => sql.end() };
}

const tenTimes = <T>(run: () => Promise<T>) => Promise.allSettled(Array.from({ length: 10 }, run));
const problems = (settled: PromiseSettledResult<unknown>[]) =>
  settled.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));

it('brings an empty database up once, although ten processes start together', async () => {
  const url = await createEmptyDatabase();
  expect(problems(await tenTimes(() => migrateDatabase(url)))).toEqual([]);
  await using owner = await connect(url);
  const [applied] =
    await owner.sql`select count(*)::int, count(distinct hash)::int as once from drizzle.__drizzle_migrations`;
  expect(applied?.count).toBe(applied?.once);
  expect(applied?.count).toBeGreaterThanOrEqual(2);
  await migrateDatabase(url);
  const [again] = await owner.sql`select count(*)::int from drizzle.__drizzle_migrations`;
  expect(again?.count).toBe(applied?.count);
});

it('brings two empty databases of one server up together', async () => {
  const urls = await Promise.all([createEmptyDatabase(), createEmptyDatabase(), createEmptyDatabase()]);
  expect(problems(await Promise.allSettled(urls.map((url) => migrateDatabase(url))))).toEqual([]);
});

it('makes the queue schema once, although ten processes start together, as a role that owns nothing of it', async () => {
  const url = await createEmptyDatabase();
  await migrateDatabase(url);
  const settled = await tenTimes(() => openPostgresBackend(url, 1, log));
  const backends = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const checked = await Promise.allSettled(backends.map((backend) => backend.check()));
  await Promise.all(backends.map((backend) => backend.close()));
  expect(problems([...settled, ...checked])).toEqual([]);
  await using owner = await connect(url);
  const owners = await owner.sql`
    select distinct r.rolname from pg_class c join pg_roles r on r.oid = c.relowner
    where c.relnamespace = 'bullmq'::regnamespace and c.relkind = 'r'`;
  expect(owners.map((row) => row.rolname)).not.toContain('easel_app');
  expect(owners).toHaveLength(1);
});

it('holds no lock once it is done', async () => {
  const url = await createEmptyDatabase();
  await tenTimes(() => migrateDatabase(url));
  const client = createDatabaseClient(url);
  await client.check();
  await client.close();
  await using owner = await connect(url);
  const sessions = await owner.sql`
    select 1 from pg_locks l join pg_database d on d.oid = l.database
    where l.locktype = 'advisory' and d.datname = current_database()`;
  expect([...sessions]).toEqual([]);
});
