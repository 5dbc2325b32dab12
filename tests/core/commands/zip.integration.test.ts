import { describe, expect, it } from 'vitest';
import { sweep } from '#core/batches/sweep.ts';
import type { Reply } from '#core/ports/chat.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import { createI18n } from '#src/i18n.ts';
import { createChat, deliverAll } from '#tests/core/postings/chat.ts';
import {
  createTestCore,
  imagesOf,
  keysOf,
  publicAddress,
  request,
  say,
  sender,
  type TestCore,
} from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

const day = 24 * 60 * 60_000;
const ann = sender('ann');
const i18n = createI18n();

function messageOf(reply: Reply): OutgoingMessage {
  if (reply.kind !== 'message') throw new Error('no answer');
  return reply.message;
}

async function finished(core: TestCore, text = 'a fox --n 2'): Promise<string> {
  const batch = await request(core, ann, text);
  await core.queue.run(core.deps);
  return batch;
}

const linkIn = (reply: Reply) => messageOf(reply).lines.flatMap((line) => ('url' in line ? [line.url] : []))[0] ?? '';

describe('/zip', () => {
  it('answers privately with the link, how many pictures, the size and until when', async () => {
    const now = new Date('2026-11-27T08:00:00Z');
    await using core = await createTestCore({ now: () => now });
    const batch = await finished(core);
    const { lines, audience, tone } = messageOf(await say(core, ann, `/zip ${batch}`));
    expect([audience, tone]).toEqual(['private', 'success']);
    expect(lines).toEqual([
      { key: 'commands.zip.ready', values: { count: 2, batch, size: expect.any(Number) } },
      { url: expect.stringMatching(`^${publicAddress}/files/[0-9a-f]{64}/${batch}\\.zip$`) },
      {
        key: 'commands.zip.expires',
        values: { expiresAt: { at: '2026-12-04T08:00:00.000Z', style: 'datetime' }, batch },
      },
    ]);
  });

  it('says so in Traditional Chinese, with the date as people write it there', async () => {
    const now = new Date('2026-11-27T08:00:00Z');
    await using core = await createTestCore({ now: () => now });
    const batch = await request(core, sender('ming', { locale: 'zh-TW' }), 'a fox');
    await core.queue.run(core.deps);
    const message = messageOf(await say(core, sender('ming', { locale: 'zh-TW' }), `/zip ${batch}`));
    const said = message.lines.map((line) => i18n.say(line, message));
    expect(said[0]).toMatch(new RegExp(`^批次 ${batch} 的 1 張圖片在這個 zip 檔裡（0\\.\\d MB），`));
    expect(said[2]).toMatch(/^拿到連結的人都可以下載，到 2026年12月4日 .+ 為止。/);
  });

  it('makes a new link each time, and keeps no token anywhere', async () => {
    await using core = await createTestCore();
    const batch = await finished(core);
    const links = [linkIn(await say(core, ann, `/zip ${batch}`)), linkIn(await say(core, ann, `/zip ${batch}`))];
    expect(new Set(links).size).toBe(2);
    expect(await core.sql`select * from download_links`).toHaveLength(2);
    const tables =
      await core.sql`select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`;
    for (const { relname } of tables) {
      const rows = JSON.stringify(await core.sql`select to_jsonb(t) from ${core.sql(relname)} t`);
      for (const link of links) expect(rows).not.toContain(link.split('/').at(-2));
    }
  });

  it('gives a delivery that was never answered a link of its own', async () => {
    await using core = await createTestCore();
    const batch = await finished(core);
    const options = { deliveryKey: 'once' };
    const first = linkIn(await say(core, ann, `/zip ${batch}`, options));
    await core.sql`update calls set created_at = now() - interval '1 minute' where delivery_key = 'once'`;
    const other = { ...core, deps: await core.otherProcess() };
    const second = linkIn(await say(other, ann, `/zip ${batch}`, options));
    expect(second).toContain('/files/');
    expect(second).not.toBe(first);
  });

  it.each([
    ['no batch', 'errors.batch.unnamed', () => '/zip'],
    ['a batch of nobody', 'errors.batch.unknown', () => '/zip zzzzzz'],
    ['a batch that is still being made', 'errors.batch.unfinished', (batch: string) => `/zip ${batch}`],
  ])('refuses %s with a sentence', async (_, key, line) => {
    await using core = await createTestCore();
    const batch = await request(core, ann, 'a fox');
    expect(keysOf(await say(core, ann, line(batch)))).toEqual([key]);
    expect(await core.sql`select * from download_links`).toHaveLength(0);
  });

  it('refuses a batch of another person or workspace, and gives an admin one of the workspace', async () => {
    await using core = await createTestCore();
    const batch = await finished(core);
    for (const who of [
      sender('ben'),
      sender('ann', { workspace: 'away' }),
      sender('eve', { workspace: 'away', role: 'owner' }),
    ]) {
      expect(keysOf(await say(core, who, `/zip ${batch}`))).toEqual(['errors.batch.unknown']);
      expect(keysOf(await say(core, who, `/zip ${batch} --links off`))).toEqual(['errors.batch.unknown']);
    }
    expect(linkIn(await say(core, sender('olga', { role: 'admin' }), `/zip ${batch}`))).toContain(batch);
  });

  it('refuses a batch of which no picture came, or none is left', async () => {
    await using core = await createTestCore({ providers: [createFakeProvider()] });
    const cancelled = await request(core, ann, 'a fox');
    await say(core, ann, `/cancel ${cancelled}`);
    expect(keysOf(await say(core, ann, `/zip ${cancelled}`))).toEqual(['errors.batch.noPictures']);
    const lost = await finished(core);
    for (const { original } of await imagesOf(core, lost)) await core.deps.blobs.delete(original ?? '');
    expect(keysOf(await say(core, ann, `/zip ${lost}`))).toEqual(['errors.batch.noPictures']);
  });

  it('is posted as a file where nobody could reach a link, and no button offers it there', async () => {
    await using core = await createChat({ publicAddress: () => undefined });
    const batch = await finished(core);
    await deliverAll(core);
    const before = core.chat.sends.length;
    expect(keysOf(await say(core, ann, `/zip ${batch}`))).toEqual(['commands.zip.posted']);
    await deliverAll(core);
    const [posted] = core.chat.sends.slice(before);
    expect(posted?.part).toMatchObject({ imagesAs: 'files', images: [{ type: 'zip', name: `easel-${batch}.zip` }] });
    expect(await core.deps.blobs.size(posted?.part.images[0]?.blob ?? ''), 'nothing of it is left').toBeUndefined();
    const actions = messageOf(await say(core, ann, `/status ${batch}`)).actions.map(({ id }) => id);
    expect(actions).toEqual([`show ${batch}`, `rerun ${batch}`]);
  });

  it('says how large it is, and what an operator has to set, where no message takes it', async () => {
    await using core = await createTestCore({ publicAddress: () => undefined });
    const who = sender('ann', { limits: { fileBytesMax: 100 } });
    const batch = await request(core, who, 'a fox');
    await core.queue.run(core.deps);
    expect(keysOf(await say(core, who, `/zip ${batch}`))).toEqual(['errors.link.tooLarge']);
  });

  it('names the pictures that are no longer stored', async () => {
    await using core = await createTestCore();
    const batch = await finished(core, 'a fox --n 5');
    const rows = await imagesOf(core, batch);
    for (const index of [1, 2, 3]) await core.deps.blobs.delete(rows[index]?.original ?? '');
    const { lines, tone } = messageOf(await say(core, ann, `/zip ${batch}`));
    expect(tone).toBe('warning');
    expect(lines[0]).toMatchObject({ values: { count: 2 } });
    expect(lines.at(-1)).toEqual({ key: 'commands.zip.missing', values: { count: 3, numbers: { list: ['2–4'] } } });
  });
});

describe('/zip --links off', () => {
  it('ends all links of the batch alone, once', async () => {
    await using core = await createTestCore();
    const [batch, other] = [await finished(core), await finished(core)];
    for (const id of [batch, batch, other]) await say(core, ann, `/zip ${id}`);
    const answer = messageOf(await say(core, ann, `/zip ${batch} --links off`));
    expect(answer.lines).toEqual([{ key: 'commands.zip.linksOff', values: { count: 2, batch } }]);
    expect(keysOf(await say(core, ann, `/zip ${batch} --links off`))).toEqual(['commands.zip.noLinks']);
    const open = await core.sql`select batch_id from download_links where revoked_at is null`;
    expect([...open]).toEqual([{ batch_id: other }]);
  });
});

describe('the sweep', () => {
  it('forgets links once they have expired, and no sooner', async () => {
    let now = new Date();
    await using core = await createTestCore({ now: () => now });
    await say(core, ann, `/zip ${await finished(core)}`);
    const count = async () => (await core.sql`select 1 from download_links`).length;
    now = new Date(now.getTime() + 7 * day - 1_000);
    await sweep(core.deps);
    expect(await count()).toBe(1);
    now = new Date(now.getTime() + 2_000);
    await sweep(core.deps);
    expect(await count()).toBe(0);
  });
});
