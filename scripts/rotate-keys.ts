import { loadConfig } from '../src/config.ts';
import { createDatabaseClient } from '../src/db/client.ts';
import { startEmbeddedPostgres } from '../src/db/embedded.ts';
import { migrateDatabase } from '../src/db/migrate.ts';
import { createSlackInstallations } from '../src/db/slack-installations.ts';
import { StartupError } from '../src/db/startup-error.ts';
import { createLogger } from '../src/logger.ts';

/** `npm run keys:rotate`: writes all stored secrets anew with the first key of EASEL_KEYS. Safe beside a running Easel. */
async function rotateKeys(): Promise<void> {
  const config = loadConfig(process.env);
  const { keys } = config;
  if (!keys) throw new StartupError('EASEL_KEYS is missing: there is nothing to rotate to.');
  await using started = new AsyncDisposableStack();
  const embedded = config.databaseUrl
    ? undefined
    : await startEmbeddedPostgres({ dataDir: config.dataDir, log: createLogger('warn') });
  if (embedded) started.defer(() => embedded.stop());
  const url = config.databaseUrl ?? embedded?.url ?? '';
  await migrateDatabase(url);
  const client = createDatabaseClient(url);
  started.defer(() => client.close());
  const written = await createSlackInstallations(client.db, keys).rotate();
  console.log(`${written} stored secrets were written anew with the key ${keys.newest}.`);
}

await rotateKeys().catch((error) => {
  console.error(error instanceof StartupError ? error.message : error);
  process.exitCode = 1;
});
