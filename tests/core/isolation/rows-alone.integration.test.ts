import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Deps } from '#core/deps.ts';
import { createIdentityCache } from '#core/people/identity-cache.ts';
import { keysOf, say, sender } from '#tests/factories.ts';
import { foreignLines, openTwoWorkspaces, secret, type TwoWorkspaces, who, withoutTyped } from './two-workspaces.ts';

/**
 * The query builder as a copy whose comparisons with a workspace are always true: the application's own checks are off,
 * and row-level security stands alone.
 */
const patched = vi.hoisted(() => {
  // What files before this one have imported has the real one.
  vi.resetModules();
  return { on: false, comparisons: 0 };
});
vi.mock('drizzle-orm', async (importOriginal) => {
  const original = await importOriginal<typeof import('drizzle-orm')>();
  const { sql } = original;
  const isWorkspace = (column: unknown) => (column as { name?: unknown } | undefined)?.name === 'workspace_id';
  const eq = ((left: never, right: never) => {
    if (!patched.on || !isWorkspace(left) || typeof right !== 'string') return original.eq(left, right);
    patched.comparisons += 1;
    return sql`true`;
  }) as typeof original.eq;
  const widened = (strings: TemplateStringsArray, ...values: unknown[]) => {
    if (!patched.on) return sql(strings, ...values);
    const texts = strings.map((text, index) => {
      if (index >= values.length || typeof values[index] !== 'string' || !/workspace_id = $/.test(text)) return text;
      patched.comparisons += 1;
      return text.replace(/= $/, 'is not null and null::uuid is distinct from ');
    });
    return sql(Object.assign(texts, { raw: texts }) as unknown as TemplateStringsArray, ...values);
  };
  return { ...original, eq, sql: Object.assign(widened, sql) };
});

let two: TwoWorkspaces;
/** Acts as the owner of the tables, for whom there is no row security. */
let unguarded: Deps;
let client: postgres.Sql;

beforeAll(async () => {
  two = await openTwoWorkspaces();
  client = postgres(two.core.databaseUrl, { max: 2, onnotice: () => undefined });
  const { deps } = two.core;
  unguarded = { ...deps, db: drizzle({ client }), identities: createIdentityCache(deps.bus) };
  patched.on = true;
});
afterAll(async () => {
  patched.on = false;
  await client.end();
  await two.core[Symbol.asyncDispose]();
});

describe('with the checks of the application off', () => {
  it('another workspace’s batch is found where there is no row security either: the checks really are off', async () => {
    const reply = await say({ deps: unguarded }, who('owner'), `/status ${two.foreign.batch}`);
    expect(JSON.stringify(reply)).toContain(secret);
    expect(patched.comparisons).toBeGreaterThan(0);
  });

  it('row security alone lets no command read or change it, with any of its ids', async () => {
    const before = await two.foreignRows();
    for (const line of foreignLines(two.foreign)) {
      const said = JSON.stringify(await say(two.core, who('owner'), line));
      expect(withoutTyped(said, line), line).not.toContain(secret);
    }
    for (const action of two.actions)
      expect(JSON.stringify(await say(two.core, who('owner'), action)), action).not.toContain(secret);
    await two.core.queue.run(two.core.deps);
    expect(await two.foreignRows()).toBe(before);
  });

  it('one’s own are found as ever', async () => {
    const reply = await say(
      two.core,
      sender('wilma', { workspace: 'two', role: 'owner' }),
      `/status ${two.foreign.batch}`,
    );
    expect(keysOf(reply)).not.toContain('errors.batch.unknown');
    expect(JSON.stringify(reply)).toContain(secret);
  });
});
