import { describe, expect, it } from 'vitest';
import { findDownload } from '#core/batches/download-links.ts';
import { removeReleased } from '#core/batches/released-blobs.ts';
import { sweep } from '#core/batches/sweep.ts';
import { planZip, readZip } from '#core/batches/zip-pictures.ts';
import type { Reply, Sender } from '#core/ports/chat.ts';
import { DeliveryError } from '#core/ports/delivery.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import { deliverDue } from '#core/postings/deliver.ts';
import { ann, createChat, deliverAll, ripen } from '#tests/core/postings/chat.ts';
import { books, createTestCore, imagesOf, keysOf, request, say, sender, type TestCore } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

const olga = sender('olga', { role: 'admin' });
const ben = sender('ben');

function messageOf(reply: Reply): OutgoingMessage {
  if (reply.kind !== 'message') throw new Error('no answer');
  return reply.message;
}

const refusal = (reply: Reply) => keysOf(reply)[0];

/** A finished batch whose messages are all shown. */
async function shown(core: TestCore, text: string, who: Sender = ann): Promise<string> {
  const batch = await request(core, who, text);
  await core.queue.run(core.deps);
  await deliverAll(core);
  return batch;
}

/** Says it for good, and lets everything follow. */
async function erase(core: TestCore, line: string, who: Sender = ann): Promise<void> {
  const reply = await say(core, who, `/delete ${line} --sure on`);
  expect(keysOf(reply)).toEqual(['commands.delete.done', 'commands.delete.follow']);
  await core.queue.run(core.deps);
  await deliverAll(core);
}

const isStored = async (core: TestCore, key: string | null | undefined) =>
  (await core.deps.blobs.size(key ?? '')) !== undefined;

const namesShown = (core: Awaited<ReturnType<typeof createChat>>) =>
  core.chat.messages().map(({ part }) => part.images.map(({ name }) => name));

describe('/delete', () => {
  it('asks first, privately, with a button that is the same command, and deletes nothing', async () => {
    await using core = await createChat();
    const batch = await shown(core, 'a fox --n 3');
    const before = await imagesOf(core, batch);
    const asked = messageOf(await say(core, ann, `/delete ${batch} 2-3`));
    expect(asked).toMatchObject({
      audience: 'private',
      tone: 'warning',
      title: { key: 'commands.delete.ask', values: { count: 2, batch, numbers: { list: [2, 3] } } },
      lines: [{ key: 'commands.delete.goes' }, { key: 'commands.delete.confirm' }],
      actions: [{ id: `delete ${batch} 2,3 --sure on`, style: 'danger' }],
    });
    expect(await imagesOf(core, batch)).toEqual(before);
    expect(await core.sql`select * from released_blobs`).toHaveLength(0);

    await core.chat.call(ann, asked.actions[0]?.id ?? '');
    expect((await imagesOf(core, batch)).map(({ original }) => original !== null)).toEqual([true, false, false]);
  });

  it('is a button by its own name, such as on a gallery', async () => {
    await using core = await createChat();
    const batch = await shown(core, 'a fox --n 3');
    expect(messageOf(await core.chat.call(ann, `delete ${batch} 2`)).actions).toMatchObject([
      { id: `delete ${batch} 2 --sure on` },
    ]);
  });

  it('asks for the whole batch without numbers, and for a line to type where a button takes none so long', async () => {
    await using core = await createTestCore();
    const batch = await request(core, ann, 'a fox --n 50');
    await core.queue.run(core.deps);
    const all = messageOf(await say(core, ann, `/delete ${batch}`));
    expect(all.actions).toMatchObject([{ id: `delete ${batch} --sure on` }]);
    const odd = Array.from({ length: 25 }, (_, index) => 2 * index + 1).join(',');
    const long = messageOf(await say(core, ann, `/delete ${batch} ${odd}`));
    expect(long.actions).toEqual([]);
    expect(long.lines[1]).toEqual({
      key: 'commands.delete.confirm',
      values: { line: `/delete ${batch} ${odd} --sure on` },
    });
  });

  it('takes the files away and keeps the row, the prompt, the ledger and the day', async () => {
    await using core = await createChat();
    const batch = await shown(core, 'a fox --n 3');
    const [, second] = await imagesOf(core, batch);
    const paid = await books(core);
    await erase(core, `${batch} 2`);
    const rows = await core.sql`select state, prompt, original, thumbnail, partial, deleted_at is not null as deleted
      from images where batch_id = ${batch} order by number`;
    expect(rows[1]).toEqual({
      ...{ state: 'succeeded', prompt: 'a fox', original: null, thumbnail: null, partial: null, deleted: true },
    });
    expect(rows.map(({ deleted }) => deleted)).toEqual([false, true, false]);
    for (const key of [second?.original, second?.thumbnail]) expect(await isStored(core, key)).toBe(false);
    for (const row of await imagesOf(core, batch))
      if (row.original) expect(await isStored(core, row.original)).toBe(true);
    expect(await books(core)).toEqual(paid);
    expect(await core.sql`select * from released_blobs`).toHaveLength(0);
  });

  it('is for the person of a batch and the admins of its workspace, also when pressed', async () => {
    await using core = await createChat();
    const batch = await shown(core, 'a fox --n 2');
    for (const line of [`delete ${batch} 1`, `delete ${batch} 1 --sure on`]) {
      expect(refusal(await core.chat.call(ben, line))).toBe('errors.batch.unknown');
    }
    expect((await imagesOf(core, batch)).every(({ original }) => original)).toBe(true);
    await erase(core, `${batch} 1`, olga);
    expect((await imagesOf(core, batch)).map(({ original }) => original !== null)).toEqual([false, true]);
  });

  it.each([
    ['a batch that runs', 'errors.batch.unfinished', async (core: TestCore) => request(core, ann, 'a fox')],
    ['a batch of nobody', 'errors.batch.unknown', async () => 'zzzzzz'],
    [
      'a number that is not there',
      'errors.batch.noSuchPicture',
      async (core: TestCore) => `${await shown(core, 'x')} 7`,
    ],
    [
      'what did not come',
      'errors.batch.nothingToDelete',
      async (core: TestCore) => {
        const batch = await request(core, ann, 'a fox');
        await say(core, ann, `/cancel ${batch}`);
        return batch;
      },
    ],
    [
      'what was deleted already',
      'errors.batch.alreadyDeleted',
      async (core: TestCore) => {
        const batch = await shown(core, 'a fox --n 2');
        await erase(core, `${batch} 1`);
        return `${batch} 1`;
      },
    ],
  ])('refuses %s with a sentence', async (_, key, prepare) => {
    await using core = await createChat();
    const line = await prepare(core);
    for (const sure of ['', ' --sure on']) expect(refusal(await say(core, ann, `/delete ${line}${sure}`))).toBe(key);
  });

  it('is done once by a delivery that comes twice, and by two who say it at once', async () => {
    await using core = await createChat();
    const batch = await shown(core, 'a fox --n 2');
    const line = `/delete ${batch} 1 --sure on`;
    await say(core, ann, line, { deliveryKey: 'k' });
    await say(core, ann, line, { deliveryKey: 'k' });
    const both = await Promise.all([
      say(core, ann, `/delete ${batch} --sure on`),
      say(core, olga, `/delete ${batch} --sure on`),
    ]);
    expect(both.flatMap(keysOf)).toContain('commands.delete.done');
    await core.queue.run(core.deps);
    expect((await imagesOf(core, batch)).map(({ original }) => original)).toEqual([null, null]);
  });

  it('leaves nothing to make from, to show or to pack; only making anew goes on', async () => {
    await using core = await createChat();
    const batch = await shown(core, 'a fox --n 2');
    await erase(core, `${batch} 1`);
    expect(refusal(await say(core, ann, `/vary ${batch} 1`))).toBe('errors.batch.pictureDeleted');
    expect(refusal(await say(core, ann, `/retry ${batch} 1`))).toBe('errors.batch.pictureCame');
    expect(keysOf(await say(core, ann, `/zip ${batch}`))).toEqual([
      'commands.zip.ready',
      'commands.zip.expires',
      'commands.zip.missing',
    ]);
    await erase(core, batch);
    for (const line of [`/show ${batch}`, `/show ${batch} --as files`, `/zip ${batch}`]) {
      expect([line, refusal(await say(core, ann, line))]).toEqual([line, 'errors.batch.allDeleted']);
    }
    const card = messageOf(await say(core, ann, `/status ${batch}`));
    expect(card.actions.map(({ id }) => id)).toEqual([`rerun ${batch}`]);
    expect(card.lines).toContainEqual({ key: 'card.deleted', values: { count: 2, numbers: { list: [1, 2] } } });
    expect(messageOf(await say(core, ann, `/rerun ${batch} 1`)).audience).toBe('channel');
  });

  it('makes a picture anew that was deleted, though it had been kept for the next who asks', async () => {
    const provider = createFakeProvider();
    await using core = await createChat({ providers: [provider] });
    const batch = await shown(core, 'a fox --seed 7');
    await erase(core, batch);
    expect(await core.sql`select * from cached_results`).toHaveLength(0);
    await shown(core, 'a fox --seed 7');
    expect(provider.calls).toHaveLength(2);
  });
});

describe('files of a deleted picture', () => {
  it('stay while another batch has the very same', async () => {
    await using core = await createChat();
    const batch = await shown(core, 'a fox --seed 7');
    const same = await shown(core, 'a fox --seed 7');
    const [row] = await imagesOf(core, batch);
    await erase(core, batch);
    expect(await isStored(core, row?.original)).toBe(true);
    await erase(core, same);
    expect(await isStored(core, row?.original)).toBe(false);
  });

  it('stay while a batch starts from it, and what runs is made', async () => {
    await using core = await createChat();
    const batch = await shown(core, 'a fox --n 2');
    const [row] = await imagesOf(core, batch);
    const varied = messageOf(await say(core, ann, `/vary ${batch} 1`));
    await say(core, ann, `/delete ${batch} 1 --sure on`);
    await core.queue.run(core.deps);
    expect(await isStored(core, row?.original)).toBe(true);
    expect(await isStored(core, row?.thumbnail)).toBe(false);
    const id = varied.fields[0]?.value;
    const made = await imagesOf(core, id && 'verbatim' in id ? id.verbatim : '');
    expect(made.map(({ state }) => state)).toEqual(['succeeded']);
  });

  it('stay while a draft starts from it, and go with the draft', async () => {
    let now = new Date();
    await using core = await createChat({ now: () => now });
    const batch = await shown(core, 'a fox --n 2');
    const [row] = await imagesOf(core, batch);
    await say(core, ann, `/vary ${batch} 1 --n 20`);
    await erase(core, `${batch} 1`);
    await sweep(core.deps);
    expect(await isStored(core, row?.original)).toBe(true);
    now = new Date(now.getTime() + 3_600_000);
    await sweep(core.deps);
    expect(await isStored(core, row?.original)).toBe(false);
  });

  it('stay where a person attached the same in the web chat', async () => {
    await using core = await createChat();
    const batch = await shown(core, 'a fox');
    const [row] = await imagesOf(core, batch);
    const content = (kind: string) => ({ kind, files: [{ name: 'a.png', blob: row?.original }] });
    await core.sql`insert into playground_messages (workspace_id, key, author, content)
      select id, 'k', 'ann', ${core.sql.json(content('typed') as never)} from workspaces`;
    await erase(core, batch);
    expect(await isStored(core, row?.original)).toBe(true);
    expect(await isStored(core, row?.thumbnail)).toBe(false);
  });

  it('go by the sweep where a process died behind the commit, as do the sheets', async () => {
    await using core = await createChat();
    const batch = await shown(core, 'a fox --n 3');
    const [first] = await imagesOf(core, batch);
    const sheetOf = async () => (await core.sql`select sheets, gallery_at from batches where id = ${batch}`)[0];
    const before = await sheetOf();
    await say(core, ann, `/delete ${batch} 1 --sure on`);
    core.queue.empty();
    await core.sql`update batches set finished_at = finished_at - interval '1 minute'`;
    await sweep(core.deps);
    expect(await isStored(core, first?.original)).toBe(false);
    await core.queue.run(core.deps);
    await deliverAll(core);
    const after = await sheetOf();
    expect(after?.gallery_at).not.toBeNull();
    expect(after?.sheets[0].blob).not.toBe(before?.sheets[0].blob);
    expect(await isStored(core, before?.sheets[0].blob)).toBe(false);
    expect(await isStored(core, after?.sheets[0].blob)).toBe(true);
    expect(namesShown(core).flat()).not.toContain(`${batch}-1.png`);
  });

  it('are removed again after a death in between, and a batch that was given them meanwhile makes its own', async () => {
    const provider = createFakeProvider();
    await using core = await createChat({ providers: [provider] });
    const batch = await shown(core, 'a fox --seed 7');
    const [row] = await imagesOf(core, batch);
    const { size } = core.deps.blobs;
    let removed = false;
    // Between storing its picture and writing its row, somebody removes the same file.
    core.deps.blobs.size = async (key) => {
      if (!removed && key === row?.original && provider.calls.length === 2) {
        removed = true;
        await core.deps.blobs.delete(key);
      }
      return size(key);
    };
    await say(core, ann, `/delete ${batch} --sure on`);
    const again = await request(core, ann, 'a fox --seed 7');
    await core.queue.run(core.deps);
    const [made] = await imagesOf(core, again);
    expect(removed).toBe(true);
    expect(made).toMatchObject({ state: 'succeeded', original: row?.original });
    expect(await isStored(core, made?.original)).toBe(true);
    const [workspace] = await core.sql`select id from workspaces`;
    await removeReleased(core.deps, workspace?.id);
    expect(await isStored(core, made?.original)).toBe(true);
  });

  it('break a zip off that is on its way, and the link gives the rest afterwards', async () => {
    await using core = await createChat();
    const batch = await shown(core, 'a fox --n 3');
    const reply = messageOf(await say(core, ann, `/zip ${batch}`));
    const token = /files\/([0-9a-f]{64})/.exec(JSON.stringify(reply.lines))?.[1] ?? '';
    const plan = async () => {
      const found = await findDownload(core.deps, token);
      if (!found) throw new Error('no such link');
      return planZip(core.deps, found.batch, found.pictures);
    };
    const old = await plan();
    const reading = readZip(core.deps, old, { start: 0, end: old.length - 1 });
    await reading.next();
    await erase(core, `${batch} 3`);
    const rest = async () => {
      for await (const _ of reading);
    };
    await expect(rest()).rejects.toThrow();
    const now = await plan();
    expect(now.hash).not.toBe(old.hash);
    expect([now.files.length, now.missing]).toEqual([2, [3]]);
    expect(now.documents[0]?.text.split('\n').filter((line) => line.includes('a fox'))).toHaveLength(3);
  });
});

describe('messages that show a deleted picture', () => {
  it('change once each without it; the others keep theirs, in their places', async () => {
    await using core = await createChat();
    const batch = await shown(core, 'a fox --n 12');
    const names = (...numbers: number[]) => numbers.map((number) => `${batch}-${number}.png`);
    const galleries = () =>
      core.chat
        .messages()
        .slice(1)
        .map(({ part, edits }) => ({ edits, lines: part.lines }));
    const deleted = (...list: number[]) => [
      { key: 'gallery.deleted', values: { count: list.length, numbers: { list } } },
    ];
    await erase(core, `${batch} 2`);
    const [card, first, second] = namesShown(core);
    expect(first).toEqual(names(1, 3, 4, 5, 6, 7, 8, 9, 10));
    expect(second).toEqual(names(11, 12));
    expect(card).toEqual([expect.stringMatching(new RegExp(`^${batch}-sheet-1-[0-9a-f]{8}\\.jpg$`))]);
    expect(galleries()).toEqual([
      { edits: 1, lines: deleted(2) },
      { edits: 0, lines: [] },
    ]);
    await erase(core, `${batch} 1,12`);
    expect(namesShown(core).slice(1)).toEqual([names(3, 4, 5, 6, 7, 8, 9, 10), names(11)]);
    expect(galleries()).toEqual([
      { edits: 2, lines: deleted(1, 2) },
      { edits: 1, lines: deleted(12) },
    ]);
  });

  it('of the original files and shown once more change too; what is shown later has no gaps', async () => {
    await using core = await createChat();
    const batch = await shown(core, 'a fox --n 11');
    await say(core, ann, `/show ${batch} --as files`);
    await say(core, ann, `/show ${batch}`);
    await deliverAll(core);
    await erase(core, `${batch} 1`);
    expect(
      namesShown(core)
        .slice(1)
        .map(({ length }) => length),
    ).toEqual([9, 1, 9, 1, 9, 1]);
    await say(core, ann, `/show ${batch}`);
    await deliverAll(core);
    expect(
      namesShown(core)
        .slice(7)
        .map(({ length }) => length),
    ).toEqual([10]);
    await erase(core, `${batch} 2`);
    expect(
      namesShown(core)
        .slice(1)
        .map(({ length }) => length),
    ).toEqual([8, 1, 8, 1, 8, 1, 9]);
  });

  it.each([
    { numbers: '2', left: [1, 3] },
    { numbers: '', left: [] },
  ])(
    'that may be shown already, as their answer was lost, change like those that are known to be: $numbers',
    async ({ numbers, left }) => {
      await using core = await createChat();
      const batch = await request(core, ann, 'a fox --n 3');
      await deliverAll(core);
      await core.queue.run(core.deps);
      core.chat.failNext(new DeliveryError('network', 'cut', { retryable: true }), 2, { shown: true });
      await ripen(core);
      await deliverDue(core.deps);
      const [gallery] = await core.sql`select shown, ref from postings where kind = 'gallery'`;
      expect([gallery?.shown, gallery?.ref, namesShown(core).at(-1)?.length]).toEqual([0, null, 3]);
      await erase(core, `${batch} ${numbers}`);
      expect(namesShown(core).at(-1)).toEqual(left.map((number) => `${batch}-${number}.png`));
      expect([...(await core.sql`select id from postings where wanted > shown`)]).toEqual([]);
      expect(core.chat.sends.at(-1)?.attempt.repeat).toBe(true);
    },
  );

  it('that were not sent yet are sent without it, and not at all when nothing is left', async () => {
    await using core = await createChat();
    const batch = await request(core, ann, 'a fox --n 12');
    await core.queue.run(core.deps);
    await say(core, ann, `/delete ${batch} 1,11,12 --sure on`);
    await core.queue.run(core.deps);
    await deliverAll(core);
    const [, ...galleries] = namesShown(core);
    expect(galleries.map(({ length }) => length)).toEqual([9]);
    expect([...(await core.sql`select 1 from postings where wanted > shown`)]).toEqual([]);
  });

  it('say so when nothing is left in them, and no sheet is shown', async () => {
    await using core = await createChat();
    const batch = await shown(core, 'a fox --n 2');
    await erase(core, batch);
    expect(namesShown(core)).toEqual([[], []]);
    expect(core.chat.messages()[1]?.part.lines).toEqual([
      { key: 'gallery.deleted', values: { count: 2, numbers: { list: [1, 2] } } },
    ]);
  });

  it('keep the sheet in its place at the head of a gallery, drawn anew', async () => {
    await using core = await createChat();
    const who = sender('ann', { limits: { liveImageEditMinMs: null, imagesPerMessage: 3 } });
    const batch = await shown(core, 'a fox --n 5', who);
    await erase(core, `${batch} 2`, who);
    const [, ...galleries] = namesShown(core);
    expect(galleries).toEqual([
      [expect.stringMatching(/-sheet-1-[0-9a-f]{8}\.jpg$/), `${batch}-1.png`],
      [`${batch}-3.png`, `${batch}-4.png`, `${batch}-5.png`],
    ]);
    await erase(core, `${batch} 1,3-5`, who);
    expect(namesShown(core)).toEqual([[], [], []]);
  });

  it('tell a sheet that still shows it from the one that is drawn anew', async () => {
    await using core = await createChat();
    const who = sender('ann', { limits: { liveImageEditMinMs: null, imagesPerMessage: 3 } });
    const batch = await shown(core, 'a fox --n 5', who);
    await say(core, who, `/delete ${batch} 2 --sure on`);
    await deliverAll(core);
    const sheet = () => core.chat.messages()[1]?.part.images[0];
    expect(sheet()).toMatchObject({ outdated: true });
    await core.queue.run(core.deps);
    await deliverAll(core);
    expect(sheet()?.name).toMatch(/-sheet-1-[0-9a-f]{8}\.jpg$/);
    expect(sheet()).not.toHaveProperty('outdated');
  });

  it('with a zip lose it also where the answer was lost', async () => {
    await using core = await createChat({ publicAddress: () => undefined });
    const batch = await shown(core, 'a fox --n 2');
    await say(core, ann, `/zip ${batch}`);
    core.chat.failNext(new DeliveryError('network', 'cut', { retryable: true }), 1, { shown: true });
    await ripen(core);
    await deliverDue(core.deps);
    expect(namesShown(core).at(-1)).toEqual([`easel-${batch}.zip`]);
    await erase(core, batch);
    expect(namesShown(core).at(-1)).toEqual([]);
  });

  it('with a zip that holds it lose the zip, and a zip on its way has none', async () => {
    await using core = await createChat({ publicAddress: () => undefined });
    const batch = await shown(core, 'a fox --n 2');
    await say(core, ann, `/zip ${batch}`);
    await deliverAll(core);
    expect(namesShown(core).at(-1)).toEqual([`easel-${batch}.zip`]);
    await say(core, ann, `/zip ${batch}`);
    await erase(core, `${batch} 1`);
    expect(namesShown(core).slice(2)).toEqual([[], [`easel-${batch}.zip`]]);
    expect(core.chat.messages()[2]?.part.lines).toEqual([{ key: 'gallery.zipDeleted', values: { batch } }]);
    await erase(core, `${batch} 2`);
    expect(namesShown(core).slice(2)).toEqual([[], []]);
  });

  it('that are gone are done; those that cannot be changed are told on the card', async () => {
    await using core = await createChat();
    const batch = await shown(core, 'a fox --n 2');
    const card = async () => messageOf(await say(core, ann, `/status ${batch}`)).lines;
    await say(core, ann, `/delete ${batch} 1 --sure on`);
    await core.queue.run(core.deps);
    core.chat.failNext(new DeliveryError('missing', 'not there', { retryable: false }));
    await deliverAll(core);
    expect(await card()).not.toContainEqual(expect.objectContaining({ key: 'card.stuck' }));

    await say(core, ann, `/delete ${batch} 2 --sure on`);
    await core.queue.run(core.deps);
    core.chat.failNext(new DeliveryError('bad_request', 'no', { retryable: false }));
    await deliverAll(core);
    expect(await card()).toContainEqual({ key: 'card.stuck', values: { count: 1 } });
    expect(core.chat.messages()[0]?.part.lines).toContainEqual({ key: 'card.stuck', values: { count: 1 } });
  });

  it.each(['gone', 'forbidden'] as const)(
    'in a channel that is %s stay there, and are not posted elsewhere',
    async (reason) => {
      await using core = await createChat();
      const batch = await shown(core, 'a fox --n 2');
      await say(core, ann, `/delete ${batch} 1 --sure on`);
      await core.queue.run(core.deps);
      core.chat.failNext(new DeliveryError(reason, 'no', { retryable: false }));
      await ripen(core);
      await deliverAll(core);
      const moved = core.chat.messages().slice(2);
      expect(moved.map(({ part }) => part.progress !== undefined)).toEqual([true]);
      expect(moved[0]?.part.lines).toContainEqual({ key: 'card.stuck', values: { count: 1 } });
    },
  );
});
