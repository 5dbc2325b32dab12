import { expect, it } from 'vitest';
import { tidy } from '#core/privacy/tidy.ts';
import { leaveWorkspace } from '#core/workspaces/leave-workspace.ts';
import { verifyAudit } from '#db/verify-audit.ts';
import { createChat, deliverAll } from '#tests/core/postings/chat.ts';
import { findInTables } from '#tests/core/privacy/marks.ts';
import { imagesOf, keysOf, request, say, sender } from '#tests/factories.ts';

const dayMs = 24 * 60 * 60_000;
const mark = 'Quetzalcoatlus';
const olga = sender('olga', { role: 'owner' });
const ann = sender('ann');

async function createCore() {
  let now = new Date();
  const core = await createChat({ now: () => now });
  const wait = async (days: number) => {
    now = new Date(now.getTime() + days * dayMs);
    await tidy(core.deps);
    await core.queue.run(core.deps);
    await deliverAll(core);
    await tidy(core.deps);
  };
  const made = async (who: typeof ann, text: string) => {
    const batch = await request(core, who, text);
    await core.queue.run(core.deps);
    await deliverAll(core);
    return batch;
  };
  return { ...core, wait, made, [Symbol.asyncDispose]: () => core[Symbol.asyncDispose]() };
}

it('a workspace that keeps pictures for 30 days has none that is older, also in messages; words and books stay', async () => {
  await using core = await createCore();
  const batch = await core.made(ann, `a ${mark} --n 2`);
  const [picture] = await imagesOf(core, batch);
  expect(keysOf(await say(core, olga, '/admin keep pictures 30'))).toEqual(['commands.admin.acts.keep.means']);
  await core.wait(29);
  expect(await core.deps.blobs.size(picture?.original ?? '')).toBeGreaterThan(0);
  await core.wait(2);
  expect((await imagesOf(core, batch)).map(({ original, thumbnail }) => [original, thumbnail])).toEqual([
    [null, null],
    [null, null],
  ]);
  for (const key of [picture?.original, picture?.thumbnail])
    expect(await core.deps.blobs.size(key ?? '')).toBeUndefined();
  expect(core.chat.messages().flatMap(({ part }) => part.images)).toEqual([]);
  expect(JSON.stringify(await say(core, ann, `/status ${batch}`))).toContain(mark);
});

it('a workspace that keeps prompts for 7 days has no word that is older, and says so to who wants it again', async () => {
  await using core = await createCore();
  const old = await core.made(ann, `a ${mark} --n 2 --no "${mark} teeth"`);
  const elsewhere = await core.made(sender('ann', { workspace: 'away' }), 'a plain fox');
  await say(core, olga, '/admin keep prompts 7');
  await say(core, olga, '/admin keep logs 7');
  await core.wait(8);
  await core.sql`delete from calls`;
  expect(await findInTables(core.sql, [mark])).toEqual([]);
  expect(JSON.stringify(core.chat.messages())).not.toContain(mark);
  const [picture] = await imagesOf(core, old);
  expect(await core.deps.blobs.size(picture?.original ?? '')).toBeGreaterThan(0);
  expect(keysOf(await say(core, ann, `/rerun ${old}`))).toEqual(['errors.batch.wordsGone']);
  expect(JSON.stringify(await say(core, sender('ann', { workspace: 'away' }), `/status ${elsewhere}`))).toContain(
    'plain fox',
  );
});

it("kept answers and texts beside the log go after the workspace's days, and the log holds", async () => {
  await using core = await createCore();
  await say(core, olga, `/settings --style "${mark} ink"`);
  await say(core, olga, '/admin keep logs 3');
  await core.wait(2);
  expect(await findInTables(core.sql, [`${mark} ink`])).toContain('public.audit_texts.text: 1');
  await core.wait(2);
  expect(await core.sql`select * from audit_texts`).toEqual([]);
  expect(await core.sql`select * from calls`).toEqual([]);
  expect((await verifyAudit(core.databaseUrl)).faults).toEqual([]);
});

it.each(['prompts', 'pictures 0', 'pictures 99999', 'pictures ten', 'all 5', 'prompts 5 6'])(
  '/admin keep %s is refused',
  async (line) => {
    await using core = await createCore();
    expect(keysOf(await say(core, olga, `/admin keep ${line}`))).toEqual(['errors.admin.keep']);
    expect(keysOf(await say(core, ann, '/admin keep'))).toEqual(['errors.role.required']);
  },
);

it('a workspace that was left is kept for 30 days, and then all of it goes but the books and the log', async () => {
  await using core = await createCore();
  await core.made(ann, `a ${mark} --n 2`);
  await say(core, olga, `/settings --style "${mark} ink"`);
  const back = sender('bea', { workspace: 'back' });
  const kept = await core.made(back, 'a plain fox');
  const left = ['home', 'back'];
  for (const workspace of left) await leaveWorkspace(core.deps, 'fake', workspace);
  await core.wait(29);
  expect(JSON.stringify(await say(core, back, `/status ${kept}`)), 'whoever comes back finds it').toContain(
    'plain fox',
  );
  await core.wait(2);
  expect(await findInTables(core.sql, [mark, 'home'])).toEqual([]);
  const rows =
    await core.sql`select count(*)::int as count from ledger l join workspaces w on w.id = l.workspace_id where w.erased_at is not null`;
  expect(rows).toEqual([{ count: 4 }]);
  expect((await verifyAudit(core.databaseUrl)).faults).toEqual([]);
  expect(JSON.stringify(await say(core, back, `/status ${kept}`))).toContain('plain fox');
  expect(keysOf(await say(core, ann, '/status'))).toEqual(['commands.status.none']);
});
