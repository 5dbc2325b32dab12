import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '#db/embedded.ts';
import { migrateDatabase } from '#db/migrate.ts';
import { openPostgresBackend } from '#jobs/queue-backend.ts';
import { createLogger } from '#src/logger.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The migrated database that test databases are copies of. */
    templateUrl: string;
  }
}

/** Nothing here outlives the run, so nothing has to reach the disk, and no table grows old enough to be tidied. */
const fleeting = ['fsync = off', 'full_page_writes = off', 'synchronous_commit = off', 'autovacuum = off'];

/** One PostgreSQL for the run, with a migrated template. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'easel-test-'));
  const log = createLogger('error');
  const database = await startEmbeddedPostgres({ dataDir, log });
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  for (const setting of fleeting) await admin.query(`alter system set ${setting}`);
  await admin.query('select pg_reload_conf()');
  await admin.query('create database template_easel');
  await admin.end();
  const templateUrl = Object.assign(new URL(database.url), { pathname: '/template_easel' }).href;
  await migrateDatabase(templateUrl);
  await (await openPostgresBackend(templateUrl, 1, log)).close();
  project.provide('templateUrl', templateUrl);
  if (!process.env.REDIS_URL) console.log(`${project.name}: REDIS_URL is not set, so queues on Redis are left out`);
  return async () => {
    await database.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}
