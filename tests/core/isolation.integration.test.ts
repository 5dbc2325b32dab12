import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '#core/commands/index.ts';
import { inWorkspace } from '#db/client.ts';
import { createTestCore, request, say, sender, type TestCore } from '#tests/factories.ts';

/** Tables that hold no workspace's own data: the directory of tenants, people over all of them, and machinery. */
const shared = [
  ...[
    'accounts',
    'dispatch_clocks',
    'erasures',
    'file_links',
    'link_codes',
    'people',
    'rate_budgets',
    'waiting_deliveries',
    'workers',
    'workspaces',
  ],
];

/** Tables whose rows nobody may change or delete, of whatever workspace. */
const kept = ['audit_entries', 'audit_heads'];

let core: TestCore;
let tables: { name: string; tenant: boolean }[];
const ids = new Map<string, string>();

beforeAll(async () => {
  core = await createTestCore();
  const batches: string[] = [];
  for (const workspace of ['one', 'two']) {
    await say(core, sender('olga', { workspace, role: 'owner' }), '/settings --credits-guest 9');
    await say(core, sender('olga', { workspace, role: 'owner' }), '/admin role map everyone member');
    await say(core, sender('olga', { workspace, role: 'owner' }), '/admin limit guest 90 a month');
    await say(core, sender('olga', { workspace, role: 'owner' }), '/admin budget 100 usd a month');
    await say(core, sender('olga', { workspace, role: 'owner' }), '/preset save look --ar 1:1');
    await say(core, sender('olga', { workspace, role: 'owner' }), '/preset save ours --ar 1:1 --for everyone');
    await say(core, sender('olga', { workspace, role: 'owner' }), '/imagine a fox --draft on');
    await say(core, sender('olga', { workspace, role: 'owner' }), '/admin grant @olga 5 until tomorrow');
    batches.push(await request(core, sender('ann', { workspace }), 'a fox --n 2 --seed 7'));
    const [row] = await core.sql`select id from workspaces where name = ${workspace}`;
    ids.set(workspace, row?.id);
    await core.sql`insert into playground_messages (workspace_id, key, author, content) values (${row?.id}, 'k', 'ann', '{}')`;
    await core.sql`insert into slack_installations (workspace_id, sealed) values (${row?.id}, 'x')`;
    await core.sql`insert into approvals (id, workspace_id, person_id, account_id, asked_channel_id, channel_id, conversation, locale, time_zone, expires_at)
      select ${workspace}, workspace_id, person_id, person_id, channel_id, channel_id, '{}', 'en', 'UTC', now() from batches where workspace_id = ${row?.id} limit 1`;
    await core.sql`insert into notices (workspace_id, person_id, content) select ${row?.id}, id, '{}' from people limit 1`;
  }
  await core.queue.run(core.deps);
  for (const [index, workspace] of ['one', 'two'].entries())
    await say(core, sender('ann', { workspace }), `/zip ${batches[index]}`);
  for (const [index, workspace] of ['one', 'two'].entries())
    await say(core, sender('ann', { workspace }), `/delete ${batches[index]} 1 --sure on`);
  tables = await core.sql<{ name: string; tenant: boolean }[]>`
    select c.relname as name, exists (select from pg_attribute a where a.attrelid = c.oid
      and a.attname = 'workspace_id' and not a.attisdropped) as tenant
    from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace order by 1`;
});
afterAll(() => core[Symbol.asyncDispose]());

const idOf = (workspace: string) => ids.get(workspace) ?? '';
const tenantTables = () => tables.filter(({ tenant }) => tenant).map(({ name }) => name);

/** The message of the first error in the chain that PostgreSQL sent. */
async function refusalOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
  } catch (error) {
    return error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
  }
  return 'not refused';
}

describe('tables', () => {
  it('belong to a workspace, or are known to be shared', () => {
    expect(tables.filter(({ tenant }) => !tenant).map(({ name }) => name)).toEqual(shared);
    expect(tenantTables().length).toBeGreaterThan(10);
  });

  it('of a workspace all have row security on and both policies, and no other', async () => {
    const rows = await core.sql`
      select c.relname as name, c.relrowsecurity as secured,
        (select array_agg(p.polname || ':' || (select string_agg(rolname, ',') from pg_roles where oid = any(p.polroles))
          || ':' || p.polcmd::text || ':' || p.polpermissive::text order by p.polname) from pg_policy p where p.polrelid = c.oid) as policies,
        (select pg_get_expr(polqual, polrelid) = pg_get_expr(polwithcheck, polrelid)
          and pg_get_expr(polqual, polrelid) like '%workspace_id = %easel.workspace%'
          from pg_policy p where p.polrelid = c.oid and polname = 'in_workspace') as own
      from pg_class c where c.relname in ${core.sql(tenantTables())} and c.relnamespace = 'public'::regnamespace`;
    for (const row of rows) {
      expect(row).toEqual({
        name: row.name,
        secured: true,
        policies: ['across_workspaces:easel_across:*:true', 'in_workspace:easel_app:*:true'],
        own: true,
      });
    }
    expect(rows).toHaveLength(tenantTables().length);
  });

  it('all hold rows of both workspaces here, so that the tests below can fail', async () => {
    for (const table of tenantTables()) {
      const rows = await core.sql`select distinct workspace_id from ${core.sql(table)}`;
      expect([table, rows.length]).toEqual([table, 2]);
    }
  });
});

describe('the role of the application', () => {
  it('is what every connection acts as', async () => {
    const users = await core.deps.db.execute(sql`select current_user`);
    expect([...users]).toEqual([{ current_user: 'easel_app' }]);
  });

  it.each(['easel_app', 'easel_across'])('%s owns nothing of ours, and has no power over the server', async (role) => {
    const [powers] = await core.sql`
      select rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolinherit, rolcanlogin from pg_roles where rolname = ${role}`;
    expect(Object.values(powers ?? {})).toEqual(Array(6).fill(false));
    const owned = await core.sql`
      select c.relname from pg_class c join pg_roles r on r.oid = c.relowner
      where r.rolname = ${role} and c.relnamespace in ('public'::regnamespace, 'drizzle'::regnamespace)
      union all select p.proname from pg_proc p join pg_roles r on r.oid = p.proowner where r.rolname = ${role}
      union all select n.nspname from pg_namespace n join pg_roles r on r.oid = n.nspowner where r.rolname = ${role}
      union all select d.datname from pg_database d join pg_roles r on r.oid = d.datdba where r.rolname = ${role}`;
    expect([...owned]).toEqual([]);
    const memberships = await core.sql`
      select 1 from pg_auth_members m join pg_roles r on r.oid = m.member where r.rolname = ${role}`;
    expect([...memberships]).toEqual([]);
  });

  it('cannot change the tables or switch their row security off', async () => {
    for (const statement of [
      'alter table images disable row level security',
      'drop policy in_workspace on images',
      'truncate images',
      'create table public.mine (id int)',
    ]) {
      const message = await refusalOf(core.deps.db.transaction((tx) => tx.execute(sql.raw(statement))));
      expect(message).toMatch(/must be owner|permission denied/);
    }
  });
});

describe('rows', () => {
  it('of no workspace are seen outside inWorkspace', async () => {
    for (const table of tenantTables()) {
      const rows = await core.deps.db.execute(sql.raw(`select 1 from ${table}`));
      expect([table, rows.length]).toEqual([table, 0]);
    }
  });

  it('of one workspace alone are seen inside it', async () => {
    for (const table of tenantTables()) {
      const seen = await inWorkspace(core.deps.db, idOf('one'), (tx) =>
        tx.execute(sql.raw(`select distinct workspace_id from ${table}`)),
      );
      expect([table, [...seen]]).toEqual([table, [{ workspace_id: idOf('one') }]]);
    }
  });

  it('are not seen on the same connection after the transaction', async () => {
    await core.deps.db.transaction(async (tx) => {
      const nested = await tx.execute(sql`select nullif(current_setting('easel.workspace', true), '') as workspace`);
      expect([...nested]).toEqual([{ workspace: null }]);
    });
    await inWorkspace(core.deps.db, idOf('one'), async () => undefined);
    for (let connection = 0; connection < 12; connection += 1) {
      expect(await core.deps.db.execute(sql`select 1 from images`)).toHaveLength(0);
    }
  });

  it('of another workspace cannot be changed or deleted', async () => {
    for (const table of tenantTables().filter((name) => !kept.includes(name))) {
      const counts = await inWorkspace(core.deps.db, idOf('one'), async (tx) => {
        const changed = await tx.execute(
          sql`update ${sql.identifier(table)} set workspace_id = workspace_id where workspace_id = ${idOf('two')}`,
        );
        const deleted = await tx.execute(sql`delete from ${sql.identifier(table)} where workspace_id = ${idOf('two')}`);
        return [changed.count, deleted.count];
      });
      expect([table, counts]).toEqual([table, [0, 0]]);
    }
  });

  it('cannot be moved or written into another workspace', async () => {
    for (const table of tenantTables()) {
      const moved = inWorkspace(core.deps.db, idOf('one'), (tx) =>
        tx.execute(sql`update ${sql.identifier(table)} set workspace_id = ${idOf('two')}`),
      );
      const refusal = kept.includes(table) ? 'permission denied' : 'row-level security';
      expect([table, await refusalOf(moved)]).toEqual([table, expect.stringContaining(refusal)]);
    }
    const written = inWorkspace(core.deps.db, idOf('one'), (tx) =>
      tx.execute(sql`insert into calls (workspace_id, delivery_key) values (${idOf('two')}, 'x')`),
    );
    expect(await refusalOf(written)).toContain('row-level security');
  });
});

describe('a batch', () => {
  const withBatch = commands.filter((command) => command.options.some((option) => option.kind === 'batch'));

  it('can be named to some commands', () => {
    const names = [
      'status',
      'cancel',
      'retry',
      'rerun',
      'vary',
      'upscale',
      'picture',
      'show',
      'share',
      'zip',
      'delete',
    ];
    expect(withBatch.map((command) => command.name)).toEqual(names);
  });

  it.each(withBatch.map((command) => command.name))(
    'of another workspace reads in /%s as one that does not exist',
    async (name) => {
      const foreign = await request(core, sender('ann', { workspace: 'two' }), 'a fox');
      const before = await core.sql`select * from images where batch_id = ${foreign}`;
      const unknown = foreign === 'zzzzzz' ? 'zzzzzy' : 'zzzzzz';
      for (const role of ['owner', 'member'] as const) {
        const who = sender('ann', { workspace: 'one', role });
        const answers = await Promise.all([foreign, unknown].map((id) => say(core, who, `/${name} ${id}`)));
        const [toForeign, toUnknown] = answers.map((answer, index) =>
          JSON.stringify(answer).replaceAll([foreign, unknown][index] ?? '', 'ID'),
        );
        expect(toForeign).toContain('errors.batch.unknown');
        expect(toForeign).toBe(toUnknown);
      }
      expect(await core.sql`select * from images where batch_id = ${foreign}`).toEqual(before);
    },
  );

  it('is shown to the admins of its workspace, and not to another member', async () => {
    const mine = await request(core, sender('ann', { workspace: 'one' }), 'a fox');
    const stranger = await say(core, sender('ben', { workspace: 'one' }), `/status ${mine}`);
    const admin = await say(core, sender('olga', { workspace: 'one', role: 'admin' }), `/status ${mine}`);
    expect(JSON.stringify(stranger)).toContain('errors.batch.unknown');
    expect(JSON.stringify(admin)).toContain('card.');
  });
});
