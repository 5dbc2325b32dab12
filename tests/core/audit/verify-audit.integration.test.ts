import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { verifyAudit } from '#db/verify-audit.ts';
import { createTestCore, say, sender, type TestCore } from '#tests/factories.ts';

const owner = sender('olga', { role: 'owner' });

/** Six entries, of which two have a text beside them. */
async function createLog(): Promise<TestCore & { workspace: string }> {
  const core = await createTestCore();
  for (const credits of [1, 2, 3]) await say(core, owner, `/settings --credits-guest ${credits}`);
  await say(core, owner, '/settings --style "ink, \\"quoted\\" — 墨 ☔\u0001" --ar 16:9');
  await say(core, owner, '/preset save look --ar 1:1 --for everyone');
  await say(core, owner, '/settings --time-zone Asia/Taipei');
  const [row] = await core.sql`select workspace_id as id from audit_heads`;
  return { ...core, workspace: row?.id };
}

/** As the owner of the database can, with the guards taken off. */
async function tamper(core: TestCore, statement: string): Promise<void> {
  await core.sql.unsafe('alter table audit_entries disable trigger user');
  await core.sql.unsafe(statement);
}

const faultsOf = async (core: TestCore) =>
  (await verifyAudit(core.databaseUrl)).faults.map(({ n, fault }) => [n, fault]);

describe('every chain computed from the rows', () => {
  it('is the one that the database made', async () => {
    await using core = await createLog();
    const { ends, faults } = await verifyAudit(core.databaseUrl);
    expect(faults).toEqual([]);
    const [head] = await core.sql`select n, hash from audit_heads`;
    expect(ends).toEqual([{ workspaceId: core.workspace, n: 6, hash: head?.hash }]);
  });

  it('still holds when the texts beside the entries were removed', async () => {
    await using core = await createLog();
    const texts = await core.sql`delete from audit_texts returning text`;
    expect(texts.map(({ text }) => text)).toEqual(['ink, "quoted" — 墨 ☔\u2401', 'look']);
    expect(await faultsOf(core)).toEqual([]);
  });

  it.each([
    ['a removed entry', 'delete from audit_entries where n = 3', [3, 'missing']],
    ['a removed first entry', 'delete from audit_entries where n = 1', [1, 'missing']],
    ['removed last entries', 'delete from audit_entries where n > 4', [5, 'cut short']],
    ['all entries removed', 'delete from audit_entries', [1, 'cut short']],
    ['a changed value', `update audit_entries set after = '{"credits-guest": 99}' where n = 2`, [2, 'changed']],
    ['a changed person', 'update audit_entries set person_id = null where n = 2', [2, 'changed']],
    ['a changed time', `update audit_entries set at = at + interval '1 microsecond' where n = 2`, [2, 'changed']],
    ['a changed hash', `update audit_entries set hash = repeat('0', 64) where n = 2`, [2, 'changed']],
    ['a forgotten text', 'update audit_entries set text_hash = null where n = 4', [4, 'changed']],
    ['a changed text', `update audit_texts set text = 'other' where n = 5`, [5, 'text changed']],
    [
      'two that changed places',
      'update audit_entries set n = 5 - n + 2 + 100 where n in (3, 4); update audit_entries set n = n - 100 where n > 100',
      [3, 'changed'],
    ],
    ['a lost end', 'delete from audit_heads', [6, 'end missing']],
    [
      'an end set back',
      'update audit_heads set n = 5, hash = (select hash from audit_entries where n = 5)',
      [5, 'end does not fit'],
    ],
    ['an end of another hash', `update audit_heads set hash = repeat('0', 64)`, [6, 'end does not fit']],
  ])('finds %s', async (_name, statement, first) => {
    await using core = await createLog();
    await tamper(core, statement);
    expect((await faultsOf(core))[0]).toEqual(first);
  });

  it('finds an entry that was put in, with the workspace it was put into', async () => {
    await using core = await createLog();
    await tamper(
      core,
      `insert into audit_entries select workspace_id, 7, at, null, null, null, 'role.set', null, null, null, hash
      from audit_entries where n = 6`,
    );
    expect((await verifyAudit(core.databaseUrl)).faults[0]).toEqual({
      workspaceId: core.workspace,
      n: 7,
      fault: 'changed',
    });
  });
});

it('npm run audit:verify ends with 1 and names workspace and entry when something does not hold', async () => {
  await using core = await createLog();
  const script = fileURLToPath(new URL('../../../scripts/verify-audit.ts', import.meta.url));
  const verify = () =>
    spawnSync(process.execPath, [script], { env: { DATABASE_URL: core.databaseUrl }, encoding: 'utf8' });
  const before = verify();
  expect([before.status, before.stderr, before.stdout]).toEqual([
    0,
    '',
    expect.stringContaining('The audit log holds.'),
  ]);
  await tamper(core, `update audit_entries set act = 'other' where n = 2`);
  const after = verify();
  expect([after.status, after.stderr]).toEqual([1, `workspace ${core.workspace}, entry 2: changed\n`]);
});
