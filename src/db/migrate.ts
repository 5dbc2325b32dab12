import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { explainRefusal } from '#db/explain-refusal.ts';

/** Any number will do, as long as every version of Easel uses the same one. */
const migrationLock = 4_337_501;
const migrationsFolder = fileURLToPath(new URL('../../drizzle', import.meta.url));

/**
 * Brings the database to this version's schema. Processes that start together wait for each other.
 * Needs the right to create roles the first time; afterwards only the right to alter its own tables.
 * @throws {StartupError} when the server cannot be reached or does not let us.
 */
export async function migrateDatabase(url: string): Promise<void> {
  const client = postgres(url, { max: 1, connect_timeout: 10, onnotice: () => undefined });
  try {
    await client`select pg_advisory_lock(${migrationLock})`;
    await migrate(drizzle({ client }), { migrationsFolder });
  } catch (error) {
    throw explainRefusal(error, url) ?? error;
  } finally {
    await client.end({ timeout: 5 });
  }
}
