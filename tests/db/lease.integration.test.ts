import { once } from 'node:events';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLease } from '#db/lease.ts';
import { createLogger } from '#src/logger.ts';
import { createTestDatabase } from '#tests/create-test-database.ts';

let url: string;
let sql: postgres.Sql;
beforeAll(async () => {
  url = await createTestDatabase();
  sql = postgres(url, { max: 1, onnotice: () => undefined });
});
afterAll(() => sql.end());

/** A process that takes part; `holds` while it has the lease. */
function takePart(name: string) {
  const part = { holds: false, times: 0 };
  const { stop } = createLease(url, createLogger('silent')).hold(name, async (signal) => {
    part.holds = true;
    part.times += 1;
    if (!signal.aborted) await once(signal, 'abort');
    part.holds = false;
  });
  return Object.assign(part, { stop });
}

describe('a lease', () => {
  it('is held by one at a time, and taken over when the holder stops', async () => {
    const parts = Array.from({ length: 4 }, () => takePart('shared'));
    const holders = () => parts.filter(({ holds }) => holds);
    await expect.poll(() => holders().length).toBe(1);
    for (let left = 3; left > 0; left -= 1) {
      const [holder] = holders();
      await holder?.stop();
      expect(holder?.holds).toBe(false);
      await expect.poll(() => holders().length).toBe(1);
      expect(holders()[0]).not.toBe(holder);
    }
    await Promise.all(parts.map(({ stop }) => stop()));
    expect(holders()).toEqual([]);
  });

  it('is lost with its connection: the work is told to end before another begins', async () => {
    const first = takePart('cut');
    await expect.poll(() => first.holds).toBe(true);
    const second = takePart('cut');
    await sql`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted
      and database = (select oid from pg_database where datname = current_database())`;
    await expect.poll(() => first.times + second.times).toBe(2);
    await expect.poll(() => [first.holds, second.holds].filter(Boolean).length).toBe(1);
    await Promise.all([first.stop(), second.stop()]);
  });

  it('comes back to the only one there is when its work failed', async () => {
    let times = 0;
    const { stop } = createLease(url, createLogger('silent')).hold('failing', async () => {
      times += 1;
      throw new Error('the platform refused');
    });
    await expect.poll(() => times).toBeGreaterThan(1);
    await stop();
  });

  it('of one name does not keep another from being held', async () => {
    const parts = [takePart('one'), takePart('two')];
    await expect.poll(() => parts.map(({ holds }) => holds)).toEqual([true, true]);
    await Promise.all(parts.map(({ stop }) => stop()));
  });
});
