import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { sweep } from '#core/batches/sweep.ts';
import { createChatCore } from '#core/chat-core.ts';
import { openFile } from '#core/files/open-file.ts';
import type { Reply, Sender } from '#core/ports/chat.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import { tidy } from '#core/privacy/tidy.ts';
import { verifyAudit } from '#db/verify-audit.ts';
import { deliverAll } from '#tests/core/postings/chat.ts';
import { findInFiles, findInTables } from '#tests/core/privacy/marks.ts';
import { createTestCore, keysOf, request, say, sender, type TestCore } from '#tests/factories.ts';
import { createFakePlatform } from '#tests/fakes/platform.ts';
import { readZip, sha256 } from '#tests/read-zip.ts';

const hour = 60 * 60_000;
const mark = 'Quetzalcoatlus';
const on = (platform: string, who: Sender): Sender => ({ ...who, platform });
const apps = ['fake', 'second', 'third'] as const;
/** One person, under another name on each app, in a workspace with others; and somebody else there. */
const mine = apps.map((app) => on(app, sender(`${mark}-${app}`, { workspace: `at-${app}` })));
const others = apps.map((app) => on(app, sender(`other-${app}`, { workspace: `at-${app}`, role: 'owner' })));

function messageOf(reply: Reply): OutgoingMessage {
  if (reply.kind !== 'message') throw new Error('no answer');
  return reply.message;
}

async function createCore() {
  let now = new Date('2026-11-27T08:00:00Z');
  const chats = apps.map((id) => createFakePlatform({ id }));
  const core = await createTestCore({ platforms: chats.map(({ platform }) => platform), now: () => now });
  for (const { platform } of chats) await platform.start(createChatCore(core.deps));
  return {
    ...core,
    chats,
    wait: (ms: number) => {
      now = new Date(now.getTime() + ms);
    },
    [Symbol.asyncDispose]: () => core[Symbol.asyncDispose](),
  };
}
type Core = Awaited<ReturnType<typeof createCore>>;

async function joinAll(core: TestCore): Promise<void> {
  for (const other of mine.slice(1)) {
    const { title } = messageOf(await say(core, mine[0] as Sender, '/link'));
    const line = title && 'key' in title ? title.values?.line : '';
    expect(keysOf(await say(core, other, `${line} --sure on`))).toContain('commands.link.done');
  }
}

async function settle(core: Core): Promise<void> {
  await core.queue.run(core.deps);
  await deliverAll(core);
}

/** Pictures, a preset, a draft, a link, kept answers, a deleted picture, changes in the log, and things of others. */
async function use(core: Core, count: number): Promise<{ batches: string[]; kept: string[] }> {
  await joinAll(core);
  const batches: string[] = [];
  const kept: string[] = [];
  for (const [index, who] of mine.entries()) {
    const olga = others[index] as Sender;
    await say(core, olga, '/settings --credits-member 1000 --draft-images 500 --draft-credits 1000');
    for (let left = count; left > 0; left -= 50) {
      batches.push(
        await request(core, who, `a ${mark} {1..${Math.min(50, left)}} --seed ${left + index} --no "${mark} teeth"`),
      );
    }
    kept.push(await request(core, olga, 'a plain fox --n 2 --seed 5'));
    await settle(core);
    const batch = batches.at(-1) ?? '';
    for (const line of [
      `/preset save ${mark.toLowerCase()} --style "${mark} ink"`,
      `/imagine a ${mark} hatchling --draft`,
      `/zip ${batch}`,
      '/status',
      `/status ${batch}`,
      `/picture ${batch} 1`,
      `/delete ${batch} 1 --sure on`,
      `/rerun ${batch} 2 --prompt "the same ${mark} at night"`,
      '/language zh-TW',
    ])
      await say(core, who, line);
    await settle(core);
  }
  return { batches, kept };
}

async function readExport(core: TestCore, who: Sender) {
  const reply = messageOf(await say(core, who, '/privacy export'));
  const url = reply.lines.flatMap((line) => ('url' in line ? [line.url] : []))[0] ?? '';
  const [, token = '', name = ''] = /\/files\/([0-9a-f]{64})\/(.+)$/.exec(url) ?? [];
  const file = await openFile(core.deps, token, name);
  if (!file || typeof file.read === 'function') throw new Error('no file');
  const { length } = file.read;
  const bytes = await buffer(file.read.bytes({ start: 0, end: length - 1 }));
  expect(bytes.length).toBe(length);
  return { token, files: await readZip(bytes) };
}

const blobsOf = ({ sql }: TestCore) =>
  sql<{ original: string; thumbnail: string }[]>`
    select original, thumbnail from images i join accounts a on a.person_id = i.person_id or a.own_person_id = i.person_id
    where original is not null and a.name like ${`${mark}%`} group by 1, 2`;

describe('a person with three joined accounts and 200 pictures', () => {
  it('gets all of it in one zip, and once it is deleted no table, file or queue holds a word or picture of theirs', async () => {
    await using core = await createCore();
    const { kept } = await use(core, 67);
    const [me] = mine as [Sender];
    await say(core, me, '/settings');
    const blobs = await blobsOf(core);
    expect(blobs.length).toBeGreaterThanOrEqual(200);

    const { files } = await readExport(core, mine[1] as Sender);
    const documents = files.filter(({ name }) => name.endsWith('.json'));
    const rowsIn = (name: string) =>
      documents
        .filter((file) => file.name.endsWith(`/${name}.json`))
        .flatMap(({ bytes }) => JSON.parse(bytes.toString()) as Record<string, unknown>[]);
    const ids = (
      await core.sql`
      select person_id as id from accounts where name like ${`${mark}%`} union
      select own_person_id from accounts where own_person_id is not null`
    ).map(({ id }) => id);
    expect(ids).toHaveLength(3);
    const counted: Record<string, string> = {
      members: 'members where person_id = any($1)',
      batches: 'batches where person_id = any($1)',
      images: 'images where person_id = any($1)',
      postings: 'postings where batch_id in (select id from batches where person_id = any($1))',
      ledger: 'ledger where person_id = any($1)',
      quotas: 'quotas where person_id = any($1)',
      drafts: 'drafts where person_id = any($1)',
      presets: 'presets where scope_id = any($1)',
      links: 'download_links where person_id = any($1)',
      audit: 'audit_entries where person_id = any($1)',
      replies: 'calls where person_id = any($1)',
    };
    for (const [name, rows] of Object.entries(counted)) {
      const [row] = await core.sql.unsafe(`select count(*)::int as count from ${rows}`, [ids]);
      expect([name, rowsIn(name).length]).toEqual([name, row?.count]);
      expect(rowsIn(name).length).toBeGreaterThan(0);
    }
    const stored = await Promise.all(blobs.map(async ({ original }) => sha256(await core.deps.blobs.read(original))));
    const given = new Set(files.map(({ bytes }) => sha256(bytes)));
    expect(stored.filter((hash) => !given.has(hash))).toEqual([]);
    expect(JSON.parse(documents.find(({ name }) => name === 'about.json')?.bytes.toString() ?? '')).toMatchObject({
      format: 'easel-export',
      version: 1,
      accounts: [{ platform: 'fake' }, { platform: 'second' }, { platform: 'third' }],
    });
    expect(documents.map(({ bytes }) => bytes.toString()).join(), 'of nobody else').not.toContain('plain fox');

    const theirs = await core.sql<{ blob: string }[]>`
      select s ->> 'blob' as blob from batches b, jsonb_array_elements(b.sheets) s where b.person_id = any(${ids})`;
    const keys = [
      ...blobs.flatMap(({ original, thumbnail }) => [original, thumbnail]),
      ...theirs.map(({ blob }) => blob),
    ];
    expect(theirs.length).toBeGreaterThan(0);
    const before = await core.sql`select * from ledger order by id`;
    expect(keysOf(await say(core, me, '/privacy delete'))).toContain('commands.privacy.confirm');
    expect(await core.sql`select * from erasures`).toEqual([]);
    expect(keysOf(await say(core, me, 'privacy delete --sure on'))).toEqual(['commands.privacy.due']);
    core.wait(24 * hour - 1_000);
    await tidy(core.deps);
    expect(await core.sql`select 1 from images where prompt like ${`%${mark}%`}`).not.toEqual([]);
    core.wait(2_000);
    for (let round = 0; round < 3; round += 1) {
      await tidy(core.deps);
      await settle(core);
      await sweep(core.deps);
      core.wait(2 * 60_000);
    }

    expect(await findInTables(core.sql, [mark, mark.toLowerCase()])).toEqual([]);
    expect(await findInTables(core.sql, keys)).toEqual([]);
    expect(await findInFiles(core.blobFolder, new Set(keys.map((key) => key.split('/')[1] ?? '')), mark)).toEqual([]);
    expect(JSON.stringify(core.queue)).not.toContain(mark);
    for (const chat of core.chats) expect(JSON.stringify(chat.messages().map(({ part }) => part))).not.toContain(mark);
    expect(await core.sql`select done_at is not null as done from erasures`).toEqual([{ done: true }]);
    expect(await core.sql`select * from ledger order by id`).toEqual(before);
    expect((await verifyAudit(core.databaseUrl)).faults).toEqual([]);
    for (const batch of kept) {
      const rows = await core.sql`select prompt, original from images where batch_id = ${batch}`;
      expect(rows.map(({ prompt }) => prompt)).toEqual(['a plain fox', 'a plain fox']);
      for (const { original } of rows) expect(await core.deps.blobs.size(original)).toBeGreaterThan(0);
    }
    expect(keysOf(await say(core, me, '/status')), 'whoever comes back is somebody new').toEqual([
      'commands.status.none',
    ]);
  }, 600_000);
});

describe('/privacy delete', () => {
  it('can be taken back for a day by a button, and then nothing is deleted', async () => {
    await using core = await createCore();
    const [me] = mine as [Sender];
    const batch = await request(core, me, `a ${mark}`);
    await settle(core);
    const asked = messageOf(await say(core, me, '/privacy delete'));
    const due = messageOf(await say(core, me, asked.actions[0]?.id ?? ''));
    core.wait(23 * hour);
    expect(keysOf(await say(core, me, '/privacy'))).toContain('commands.privacy.due');
    expect(keysOf(await say(core, me, due.actions[0]?.id ?? ''))).toEqual(['commands.privacy.keptAll']);
    core.wait(48 * hour);
    await tidy(core.deps);
    expect(JSON.stringify(await say(core, me, `/status ${batch}`))).toContain(mark);
    expect(keysOf(await say(core, me, '/privacy keep'))).toEqual(['errors.privacy.nothingToKeep']);
  });

  it('takes what was asked for meanwhile too, cancels what runs, and gives back what that held', async () => {
    await using core = await createCore();
    const [me] = mine as [Sender];
    await say(core, me, 'privacy delete --sure on');
    await request(core, me, `a running ${mark} --n 3`);
    core.wait(25 * hour);
    await tidy(core.deps);
    const [held] =
      await core.sql`select coalesce(sum(held), 0)::int as held, coalesce(sum(spent), 0)::int as spent from quotas`;
    expect(held).toEqual({ held: 0, spent: 0 });
    await settle(core);
    core.wait(2 * 60_000);
    await tidy(core.deps);
    expect(await findInTables(core.sql, [mark])).toEqual([]);
  });

  it('of two processes at once, and after a death between any two steps, ends the same', async () => {
    await using core = await createCore();
    const [me] = mine as [Sender];
    await request(core, me, `a ${mark} --n 3`);
    await settle(core);
    await say(core, me, 'privacy delete --sure on');
    core.wait(25 * hour);
    const other = await core.otherProcess();
    await Promise.allSettled([tidy(core.deps), tidy(other)]);
    await core.sql`update erasures set erased_at = null`;
    await Promise.allSettled([tidy(other), tidy(core.deps)]);
    await settle(core);
    core.wait(2 * 60_000);
    await tidy(core.deps);
    expect(await findInTables(core.sql, [mark])).toEqual([]);
    expect((await verifyAudit(core.databaseUrl)).faults).toEqual([]);
  });

  it('empties a private chat that is a workspace of its own, with its name', async () => {
    await using core = await createCore();
    const base = sender('zoe4711', { workspace: '@zoe4711', role: 'owner' });
    const me: Sender = {
      ...base,
      workspace: { platformId: '@zoe4711', name: `${mark} himself` },
      account: { ...base.account, name: mark },
    };
    await request(core, me, `a ${mark}`);
    await settle(core);
    await say(core, me, 'privacy delete --sure on');
    core.wait(25 * hour);
    await tidy(core.deps);
    core.wait(2 * 60_000);
    await tidy(core.deps);
    expect(await findInTables(core.sql, [mark, 'zoe4711'])).toEqual([]);
    expect((await core.sql`select * from ledger`).length).toBeGreaterThan(0);
  });
});

it('a link to an export opens for an hour, and its token is kept nowhere', async () => {
  await using core = await createCore();
  const [me] = mine as [Sender];
  await request(core, me, `a ${mark}`);
  await settle(core);
  const { token } = await readExport(core, me);
  expect(await findInTables(core.sql, [token])).toEqual([]);
  expect(await openFile(core.deps, token, 'easel-audit.csv')).toBeUndefined();
  core.wait(hour + 1_000);
  expect(await openFile(core.deps, token, 'easel-export.zip')).toBeUndefined();
});
