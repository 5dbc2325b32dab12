import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { type App, type AppOptions, startApp } from '#src/app.ts';
import { loadConfig } from '#src/config.ts';
import { createLogger } from '#src/logger.ts';
import { createTestDatabase } from '#tests/create-test-database.ts';

export interface TestApp extends AsyncDisposable {
  url: string;
  deps: App['deps'];
  /** As the owner of the tables, who sees every row. */
  sql: postgres.Sql;
  env: Record<string, string>;
  stop(): Promise<void>;
}

/** The real application on a free port with a database of its own; queues on Redis where REDIS_URL is set. */
export async function startTestApp(
  env: Record<string, string> = {},
  overrides: NonNullable<AppOptions['overrides']> = {},
): Promise<TestApp> {
  const databaseUrl = env.DATABASE_URL ?? (await createTestDatabase());
  const dataDir = env.DATA_DIR ?? (await mkdtemp(join(tmpdir(), 'easel-app-')));
  const full: Record<string, string> = {
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    PORT: '0',
    LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'fatal',
    ...(process.env.REDIS_URL ? { REDIS_URL: process.env.REDIS_URL } : {}),
    ...env,
  };
  const config = loadConfig(full);
  const app = await startApp(config, { log: createLogger(config.logLevel), overrides });
  const sql = postgres(databaseUrl, { max: 2, onnotice: () => undefined });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      await app[Symbol.asyncDispose]();
      await sql.end();
      if (!env.DATA_DIR) await rm(dataDir, { recursive: true, force: true });
    })();
    return stopped;
  };
  return { url: app.url, deps: app.deps, sql, env: full, stop, [Symbol.asyncDispose]: stop };
}
