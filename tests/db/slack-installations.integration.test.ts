import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabaseClient, type DatabaseClient } from '#db/client.ts';
import { type Keys, readKeys } from '#db/keys.ts';
import { createSlackInstallations } from '#db/slack-installations.ts';
import { createTestDatabase } from '#tests/create-test-database.ts';

const text = { a: `a:${randomBytes(32).toString('base64')}`, b: `b:${randomBytes(32).toString('base64')}` };
const keysOf = (list: string) => readKeys(list) as Keys;
let url: string;
let client: DatabaseClient;
let sql: postgres.Sql;

beforeAll(async () => {
  url = await createTestDatabase();
  client = createDatabaseClient(url);
  sql = postgres(url, { max: 1, onnotice: () => undefined });
});
afterAll(async () => {
  await client.close();
  await sql.end();
});

const storeWith = (list: string) => createSlackInstallations<{ token: string }>(client.db, keysOf(list));
const one = { id: 'T1', name: 'One' };
const two = { id: 'T2', name: 'Two' };

it('keeps installations apart and sealed: no token is found in the database', async () => {
  const store = storeWith(text.a);
  await store.save(one, { token: 'xoxb-one' });
  await store.save(two, { token: 'xoxb-two' });
  expect(await store.find('T1')).toEqual({ token: 'xoxb-one' });
  expect(await store.find('T2')).toEqual({ token: 'xoxb-two' });
  expect(await store.find('T3')).toBeUndefined();
  const rows = await sql`select row_to_json(i)::text as row from slack_installations i`;
  expect(rows).toHaveLength(2);
  expect(JSON.stringify(rows)).not.toMatch(/xoxb/);
});

it('does not open a token that was put into another workspace’s row', async () => {
  const store = storeWith(text.a);
  await sql`update slack_installations set sealed = (select i.sealed from slack_installations i
    join workspaces w on w.id = i.workspace_id where w.platform_id = 'T1')
    where workspace_id = (select id from workspaces where platform_id = 'T2')`;
  await expect(store.find('T2')).rejects.toMatchObject({ name: 'SealError' });
  await expect(store.check()).rejects.toMatchObject({ name: 'StartupError' });
  await store.save(two, { token: 'xoxb-two' });
});

it('does not start without a key that something was written with, and names it', async () => {
  await expect(storeWith(text.a).check()).resolves.toBeUndefined();
  await expect(storeWith(text.b).check()).rejects.toThrow(/written with: a\./);
});

it('is written anew by keys:rotate, once, and then opens without the old key', async () => {
  const env = { ...process.env, DATABASE_URL: url, EASEL_KEYS: `${text.b},${text.a}` };
  const { stdout } = await promisify(execFile)(process.execPath, ['scripts/rotate-keys.ts'], { env });
  expect(stdout.trim()).toBe('2 stored secrets were written anew with the key b.');
  expect(await storeWith(env.EASEL_KEYS).rotate()).toBe(0);
  const store = storeWith(text.b);
  await expect(store.check()).resolves.toBeUndefined();
  expect(await store.find('T1')).toEqual({ token: 'xoxb-one' });
});

it('forgets the tokens of a workspace that has removed the app, and knows it again when it comes back', async () => {
  const store = storeWith(text.b);
  await store.remove('T1');
  await store.remove('T9');
  expect(await store.find('T1')).toBeUndefined();
  expect(await store.find('T2')).toEqual({ token: 'xoxb-two' });
  const gone = () => sql`select platform_id from workspaces where gone_at is not null`;
  expect(await gone()).toEqual([{ platform_id: 'T1' }]);
  await store.save(one, { token: 'xoxb-again' });
  expect(await gone()).toEqual([]);
  expect(await sql`select count(*)::int as n from workspaces`).toEqual([{ n: 2 }]);
});
