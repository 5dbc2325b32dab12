import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

/** A database of its own, copied from the migrated template. The URL's user owns everything and sees every row. */
export async function createTestDatabase(): Promise<string> {
  const templateUrl = inject('templateUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client({ connectionString: Object.assign(new URL(templateUrl), { pathname: '/easel' }).href });
  await admin.connect();
  try {
    // Copies of one template wait for each other, or fail: sessions on it are not allowed meanwhile.
    await admin.query('select pg_advisory_lock(1)');
    await admin.query(`create database ${name} template template_easel strategy file_copy`);
  } finally {
    await admin.end();
  }
  return Object.assign(new URL(templateUrl), { pathname: `/${name}` }).href;
}
