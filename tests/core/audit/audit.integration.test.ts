import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import Papa from 'papaparse';
import { expect, it } from 'vitest';
import { openFile } from '#core/files/open-file.ts';
import type { Reply } from '#core/ports/chat.ts';
import { inWorkspace } from '#db/client.ts';
import { createTestCore, keysOf, request, say, sender, type TestCore } from '#tests/factories.ts';

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
      fields: [
        {
          value: {
            values: {
              who: 'olga',
              what: expect.stringMatching(/^settings\.set · workspace:.+ · credits-guest: null → 7$/),
            },
          },
        },
      ],
    },
  });
  expect(keysOf(await say(core, sender('mia'), '/admin audit'))).toContain('errors.role.required');
});

const textsOf = ({ sql }: TestCore) =>
  sql`select text from audit_texts order by n`.then((rows) => rows.map(({ text }) => text));

it('words that somebody chose stand beside the entry, which itself has ids, codes and numbers only', async () => {
  await using core = await createTestCore();
  await say(core, owner, '/settings --style "ink, rain" --language en');
  await say(core, owner, '/settings --style default');
  await say(core, owner, '/preset save secretlook --ar 1:1 --for everyone');
  await say(core, owner, '/preset delete secretlook --for everyone');
  await say(core, owner, '/preset save mine --ar 1:1');
  const entries = await core.sql`select act, before, after from audit_entries order by n`;
  expect(entries.map(({ act, before, after }) => [act, before, after])).toEqual([
    ['settings.set', { language: null, style: null }, { language: 'en', style: 'set' }],
    ['settings.set', { style: 'set' }, { style: null }],
    ['preset.save', null, null],
    ['preset.delete', null, null],
  ]);
  expect(await textsOf(core)).toEqual(['ink, rain', 'secretlook', 'secretlook']);
});

it('deleted and shared pictures and links are in the log', async () => {
  await using core = await createTestCore();
  const mia = sender('mia');
  const batch = await request(core, mia, 'a fox --n 2');
  await core.queue.run(core.deps);
  for (const line of [
    `/zip ${batch}`,
    `/zip ${batch} --links off`,
    `/zip ${batch} --links off`,
    `/delete ${batch} 2`,
    `/delete ${batch} 2 --sure on`,
  ])
    await say(core, mia, line);
  const entries = await core.sql`select act, subject, after from audit_entries order by n`;
  expect(entries.map(({ act, subject, after }) => [act, subject, after])).toEqual([
    ['link.make', `batch:${batch}`, { expiresAt: expect.any(String) }],
    ['links.off', `batch:${batch}`, { count: 1 }],
    ['pictures.delete', `batch:${batch}`, { count: 1, numbers: [2] }],
  ]);
});

it('pages back through the log, ten entries at a time, by a button', async () => {
  await using core = await createTestCore();
  for (let credits = 1; credits <= 12; credits += 1) await change(core, credits);
  const first = await say(core, owner, '/admin audit');
  const numbers = (reply: Reply) =>
    reply.kind === 'message' ? reply.message.fields.map(({ label }) => ('key' in label ? label.values?.n : 0)) : [];
  expect(numbers(first)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
  expect(first).toMatchObject({ message: { actions: [{ id: 'admin audit 2' }] } });
  const second = await say(core, owner, 'admin audit 2');
  expect(numbers(second)).toEqual([2, 1]);
  expect(second).toMatchObject({ message: { actions: [] } });
  expect(keysOf(await say(core, owner, '/admin audit yesterday'))).toEqual(['errors.audit.what']);
});

it('is read as a CSV file by a link that nothing of ours keeps, with names, and without formulas', async () => {
  await using core = await createTestCore();
  await change(core, 7);
  await change(core, 8);
  await say(core, owner, '/settings --style =cmd()');
  await say(core, sender('eve', { role: 'admin', workspace: 'other' }), '/settings --credits-guest 5');
  const reply = await say(core, owner, '/admin audit export');
  const url =
    reply.kind === 'message' ? reply.message.lines.flatMap((line) => ('url' in line ? [line.url] : []))[0] : '';
  const [, token = '', name = ''] = /\/files\/([0-9a-f]{64})\/(.+)$/.exec(url ?? '') ?? [];
  expect(JSON.stringify(await core.sql`select * from calls`)).not.toContain(token);
  const file = await openFile(core.deps, token, name);
  if (typeof file?.read !== 'function') throw new Error('no file');
  const rows = Papa.parse<Record<string, string>>(await text(file.read()), { header: true }).data;
  expect(
    rows.slice(0, 4).map(({ n, act, person, before, after, text }) => [n, act, person, before, after, text]),
  ).toEqual([
    ['4', 'audit.export', 'olga', '', expect.stringContaining('expiresAt'), ''],
    ['3', 'settings.set', 'olga', '{"style":null}', '{"style":"set"}', "'=cmd()"],
    ['2', 'settings.set', 'olga', '{"credits-guest":7}', '{"credits-guest":8}', ''],
    ['1', 'settings.set', 'olga', '{"credits-guest":null}', '{"credits-guest":7}', ''],
  ]);
  expect(await openFile(core.deps, token, 'easel-export.zip')).toBeUndefined();
});
