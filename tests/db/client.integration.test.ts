import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acrossWorkspaces, createDatabaseClient, type DatabaseClient, inWorkspace } from '#db/client.ts';
import { createTestDatabase } from '#tests/create-test-database.ts';

let client: DatabaseClient;
let owner: postgres.Sql;
beforeAll(async () => {
  const url = await createTestDatabase();
  client = createDatabaseClient(url);
  owner = postgres(url, { max: 1 });
});
afterAll(() => Promise.all([client.close(), owner.end()]));

it('a process that stands still inside a transaction loses it, with its locks', async () => {
  const [row] = await client.db.execute<{ limit: string }>(
    sql`select current_setting('idle_in_transaction_session_timeout') as limit`,
  );
  expect(row?.limit).toBe('30s');
  const standing = client.db.transaction(async (tx) => {
    await tx.execute(sql`set local idle_in_transaction_session_timeout = 50`);
    await tx.execute(sql`select pg_advisory_xact_lock(1)`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await tx.execute(sql`select 1`);
  });
  await expect(standing).rejects.toThrow();
  const [lock] = await client.db.execute<{ free: boolean }>(sql`select pg_try_advisory_xact_lock(1) as free`);
  expect(lock?.free).toBe(true);
});

it('dead rows of the tables that change most are cleared early', async () => {
  const rows = await client.db.execute<{ name: string }>(sql`
    select relname as name from pg_class where reloptions @> array['autovacuum_vacuum_scale_factor=0.02'] order by 1`);
  expect(rows.map(({ name }) => name)).toEqual([
    'budget_months',
    'channels',
    'credit_counters',
    'images',
    'person_lanes',
    'postings',
    'rate_budgets',
    'waiting_deliveries',
    'workspace_lanes',
  ]);
});

it('a transaction of a workspace is in it from its first statement on, also beside others', async () => {
  const ids = Array.from({ length: 30 }, () => crypto.randomUUID());
  const seen = await Promise.all([
    ...ids.map((id) => inWorkspace(client.db, id, settingOf)),
    acrossWorkspaces(client.db, settingOf),
    client.db.transaction(settingOf),
  ]);
  const none = { workspace: '', role: 'easel_app' };
  const expected = ids.map((workspace) => ({ ...none, workspace }));
  expect(seen).toEqual([...expected, { ...none, role: 'easel_across' }, none]);
});

it('what is no id of a workspace never reaches the database', async () => {
  const opened = inWorkspace(client.db, `${crypto.randomUUID().slice(0, 35)}'`, settingOf);
  await expect(opened).rejects.toThrow('no workspace has the id');
});

it('a transaction inside another is refused, as enough of them at once would wait for each other for ever', async () => {
  const refused = 'the pool is asked for a connection inside a transaction';
  const nested = acrossWorkspaces(client.db, () => inWorkspace(client.db, crypto.randomUUID(), settingOf));
  await expect(nested).rejects.toThrow(refused);
  await expect(client.db.transaction(() => settingOf(client.db))).rejects.toMatchObject({
    cause: { message: refused },
  });
  const ended = Promise.withResolvers<void>();
  const { later } = await acrossWorkspaces(client.db, async () => ({
    later: ended.promise.then(() => settingOf(client.db)),
  }));
  ended.resolve();
  await expect(later).resolves.toBeDefined();
});

async function settingOf(tx: Pick<DatabaseClient['db'], 'execute'>) {
  const [row] = await tx.execute<{ workspace: string; role: string }>(
    sql`select coalesce(current_setting('easel.workspace', true), '') as workspace, current_user as role`,
  );
  return row && { ...row };
}

describe('a transaction whose session the database ends', () => {
  async function endSession(tx: Pick<DatabaseClient['db'], 'execute'>): Promise<void> {
    const [row] = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
    const sleeping = tx.execute(sql`select pg_sleep(60)`).catch(() => undefined);
    await owner`select pg_terminate_backend(${row?.pid ?? 0})`;
    await sleeping;
  }

  it('fails, and the process goes on', async () => {
    const lost = Array.from({ length: 20 }, () =>
      client.db.transaction(async (tx) => {
        await endSession(tx);
        // Until the connection has closed.
        await new Promise((resolve) => setTimeout(resolve, 50));
        await tx.execute(sql`select 1`);
      }),
    );
    const results = await Promise.allSettled(lost);
    expect(results.map(({ status }) => status)).toEqual(lost.map(() => 'rejected'));
    expect(await client.db.transaction(settingOf)).toMatchObject({ role: 'easel_app' });
  });

  it('does nothing more, though its connection is opened anew', async () => {
    const reopened = Promise.withResolvers<void>();
    const after = Promise.withResolvers<unknown>();
    const lost = client.db.transaction(async (tx) => {
      await endSession(tx);
      await reopened.promise;
      after.resolve(await tx.execute(sql`select 1`).catch((error: unknown) => error));
    });
    await expect(lost).rejects.toThrow();
    await Promise.allSettled(Array.from({ length: 20 }, () => client.db.transaction(settingOf)));
    reopened.resolve();
    expect(await after.promise).toBeInstanceOf(Error);
  });
});
