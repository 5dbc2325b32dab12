import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { inWorkspace } from '#db/client.ts';
import { createTestCore, keysOf, say, sender, type TestCore } from '#tests/factories.ts';

const owner = sender('olga', { role: 'owner' });
const change = (core: TestCore, credits: number) => say(core, owner, `/settings --credits-guest ${credits}`);

it('an act that changes settings is in the log with who did it, and each entry is chained to the one before', async () => {
  await using core = await createTestCore();
  for (const credits of [7, 8, 9]) await change(core, credits);
  const entries = await core.sql`
    select n, act, subject, after, hash, audit_text(e) as text, person_id is not null as named from audit_entries e order by n`;
  expect(entries.map(({ n, act, after, named }) => ({ n, act, after, named }))).toEqual(
    [7, 8, 9].map((credits, index) => ({
      n: index + 1,
      act: 'settings.set',
      after: { 'credits-guest': credits },
      named: true,
    })),
  );
  let before = '';
  for (const { text, hash } of entries) {
    before = createHash('sha256').update(`${before}${text}`).digest('hex');
    expect(hash).toBe(before);
  }
});

it('entries that are made at once get numbers without a gap', async () => {
  await using core = await createTestCore();
  await Promise.all(Array.from({ length: 30 }, (_, index) => change(core, index)));
  const [row] = await core.sql`select count(*)::int as count, max(n) as last from audit_entries`;
  expect(row).toEqual({ count: 30, last: 30 });
});

it('no entry can be changed or removed, nor can the end of the chain', async () => {
  await using core = await createTestCore();
  await change(core, 7);
  const [row] = await core.sql`select workspace_id as id from audit_entries`;
  const inside = (statement: string) => inWorkspace(core.deps.db, row?.id, (tx) => tx.execute(statement));
  for (const statement of [
    `update audit_entries set act = 'other'`,
    'delete from audit_entries',
    `update audit_heads set hash = ''`,
    'delete from audit_heads',
    `insert into audit_heads values ('${row?.id}', 1, '')`,
  ]) {
    await expect(inside(statement), statement).rejects.toMatchObject({ cause: { code: '42501' } });
  }
  for (const statement of [
    `update audit_entries set act = 'other'`,
    'delete from audit_entries',
    'truncate audit_entries',
  ])
    await expect(core.sql.unsafe(statement), `${statement}, as the owner`).rejects.toMatchObject({ code: '42501' });
});

it('who runs the workspace sees the newest changes, and nobody else does', async () => {
  await using core = await createTestCore();
  await change(core, 7);
  const reply = await say(core, owner, '/admin audit');
  expect(reply).toMatchObject({
    message: {
      audience: 'private',
      fields: [{ value: { verbatim: expect.stringMatching(/^settings\.set workspace:/) } }],
    },
  });
  expect(keysOf(await say(core, sender('mia'), '/admin audit'))).toContain('errors.role.required');
});
