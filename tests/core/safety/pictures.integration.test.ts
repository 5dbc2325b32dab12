import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { removeAllReleased } from '#core/batches/released-blobs.ts';
import { BlobMissingError } from '#core/ports/blobs.ts';
import type { ChatLimits } from '#core/ports/delivery.ts';
import { ProviderError } from '#core/ports/images.ts';
import { blurredKey } from '#core/safety/blurred-blobs.ts';
import { alone, createChat, deliverAll } from '#tests/core/postings/chat.ts';
import { books, createTestCore, imagesOf, keysOf, request, say, sender, type TestCore } from '#tests/factories.ts';
import { createFakePictureCheck } from '#tests/fakes/picture-check.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';
import { readZip } from '#tests/read-zip.ts';

const still = { liveImageEditMinMs: null };
const who = (limits: Partial<ChatLimits> = still, name = 'ann') => sender(name, { limits });
const olga = (limits: Partial<ChatLimits> = still) => sender('olga', { role: 'owner', limits });
const ratingsOf = async (core: TestCore, batch: string) =>
  (await core.sql`select rating from images where batch_id = ${batch} order by number`).map(({ rating }) => rating);
const cut = new ProviderError('network', 'cut', { retryable: true });

async function finish(core: TestCore, line: string, person = who()): Promise<string> {
  const batch = await request(core, person, line);
  await core.queue.run(core.deps);
  return batch;
}

describe('a picture that may not be shown where it was asked for', () => {
  it('is blocked, costs nothing, and leaves no file, while the others of its batch come', async () => {
    const pictureCheck = createFakePictureCheck();
    await using core = await createTestCore({ pictureCheck });
    pictureCheck.next.push('explicit', 'suggestive', 'explicit');
    const batch = await finish(core, 'a lake --n 4 --seed 1');
    const rows = await imagesOf(core, batch);
    expect(rows.map(({ state }) => state).toSorted()).toEqual(['blocked', 'blocked', 'succeeded', 'succeeded']);
    for (const { failure, original, thumbnail } of rows.filter(({ state }) => state === 'blocked'))
      expect({ failure, original, thumbnail }).toEqual({ failure: 'picture_blocked', original: null, thumbnail: null });
    expect((await ratingsOf(core, batch)).filter(Boolean).toSorted()).toEqual(['safe', 'suggestive']);
    expect(await books(core)).toMatchObject({ reserve: 4, settle: 2, refund: 2, held: 0, spent: 2 });
    const kept = await core.sql`select original from cached_results`;
    expect(kept).toHaveLength(2);
    const files = (await readdir(core.blobFolder, { recursive: true })).filter((name) => /[0-9a-f]{64}$/.test(name));
    // Two pictures, their thumbnails, and the contact sheet.
    expect(files).toHaveLength(5);
    const card = await say(core, who(), `/status ${batch}`);
    expect(card).toMatchObject({
      message: { lines: expect.arrayContaining([expect.objectContaining({ key: 'card.failure' })]) },
    });
  });

  it('comes in an age-restricted channel, and what a channel was set to comes before its workspace', async () => {
    const pictureCheck = createFakePictureCheck('explicit');
    await using core = await createTestCore({ pictureCheck });
    const state = async (limits: Partial<ChatLimits>) =>
      (await imagesOf(core, await finish(core, 'a lake', who({ ...still, ...limits }))))[0]?.state;
    expect(await state({ ageRestricted: true })).toBe('succeeded');
    await say(core, olga(), '/admin pictures explicit blur');
    expect(await state({})).toBe('succeeded');
    await say(core, olga(), '/admin pictures explicit block --channel');
    expect(await state({})).toBe('blocked');
  });

  it('is judged by where a private batch was asked for', async () => {
    const pictureCheck = createFakePictureCheck('explicit');
    await using core = await createChat({ pictureCheck });
    const adult = who({ ...still, ageRestricted: true });
    await say(core, adult, '/imagine a lake --private');
    await core.queue.run(core.deps);
    await deliverAll(core);
    const [row] = await core.sql`select state, original from images`;
    expect(row?.state).toBe('succeeded');
    const pictures = core.chat
      .messages()
      .flatMap(({ part }) => part.images.map(({ blob, spoiler }) => ({ blob, spoiler })));
    expect(pictures).toContainEqual({ blob: row?.original, spoiler: undefined });
  });
});

describe('a picture that could not be looked at', () => {
  it('is shown to nobody, and looked at again without paying its provider twice', async () => {
    const provider = createFakeProvider();
    const pictureCheck = createFakePictureCheck();
    await using core = await createTestCore({ providers: [provider], pictureCheck });
    pictureCheck.failures.push(new ProviderError('auth', 'no', { retryable: false }), cut);
    const batch = await finish(core, 'a lake');
    expect(await imagesOf(core, batch)).toMatchObject([{ state: 'succeeded', attempts: 3 }]);
    expect(provider.calls).toHaveLength(1);
    const [cost] = await core.sql`select money_micros::int as micros from ledger where kind = 'settle'`;
    expect(cost).toEqual({ micros: 10_000 });
  });

  it('fails in the end, costs nothing, and what was kept of it goes', async () => {
    const provider = createFakeProvider();
    const pictureCheck = createFakePictureCheck();
    await using core = await createTestCore({ providers: [provider], pictureCheck });
    pictureCheck.failures.push(...Array.from({ length: 9 }, () => cut));
    const batch = await finish(core, 'a lake');
    const [row] = await imagesOf(core, batch);
    expect(row).toMatchObject({ state: 'failed', original: null });
    expect(provider.calls).toHaveLength(1);
    expect(await books(core)).toMatchObject({ settle: 0, refund: 1, held: 0 });
    const [kept] = await core.sql`select blob from released_blobs where blob like '%unchecked%'`;
    expect(await core.deps.blobs.size(kept?.blob)).toBeGreaterThan(0);
    await removeAllReleased(core.deps);
    expect(await core.deps.blobs.size(kept?.blob)).toBeUndefined();
    expect(await core.sql`select 1 from released_blobs`).toHaveLength(0);
  });

  it('is kept as long as another try is to come', async () => {
    const provider = createFakeProvider();
    const pictureCheck = createFakePictureCheck();
    await using core = await createTestCore({ providers: [provider], pictureCheck });
    pictureCheck.failures.push(cut);
    const rate = pictureCheck.rate;
    pictureCheck.rate = async (...given) => {
      await removeAllReleased(core.deps);
      return rate(...given);
    };
    await finish(core, 'a lake');
    expect(pictureCheck.looked).toHaveLength(2);
    expect(provider.calls).toHaveLength(1);
  });
});

describe('the same request again', () => {
  it('keeps the rating, is not looked at again, and is judged by where it is asked for', async () => {
    const provider = createFakeProvider();
    const pictureCheck = createFakePictureCheck('explicit');
    await using core = await createTestCore({ providers: [provider], pictureCheck });
    const adult = who({ ...still, ageRestricted: true });
    const first = await finish(core, 'a lake --seed 5', adult);
    const again = await finish(core, 'a lake --seed 5', adult);
    expect([await ratingsOf(core, first), await ratingsOf(core, again)]).toEqual([['explicit'], ['explicit']]);
    const ordinary = sender('ann', { channel: 'lobby', limits: still });
    const other = await finish(core, 'a lake --seed 5', ordinary);
    expect(await imagesOf(core, other)).toMatchObject([{ state: 'blocked', original: null }]);
    expect([provider.calls.length, pictureCheck.looked.length]).toEqual([1, 1]);
    const [row] = await imagesOf(core, first);
    expect(await core.deps.blobs.size(row?.original ?? '')).toBeGreaterThan(0);
  });

  it('is looked at where its first picture is from before anything did', async () => {
    const provider = createFakeProvider();
    await using core = await createTestCore({ providers: [provider] });
    await finish(core, 'a lake --seed 5');
    const pictureCheck = createFakePictureCheck('suggestive');
    core.deps.pictureCheck = pictureCheck;
    const again = await finish(core, 'a lake --seed 5');
    expect(await ratingsOf(core, again)).toEqual(['suggestive']);
    expect(await core.sql`select rating from cached_results`).toEqual([{ rating: 'suggestive' }]);
    expect([provider.calls.length, pictureCheck.looked.length]).toEqual([1, 1]);
  });
});

describe('what is posted of a picture', () => {
  const hidden = { ...still, spoilers: ['pictures'] as 'pictures'[] };

  it.each([
    ['spoiler', hidden, { isBlurred: false, spoiler: true }],
    ['spoiler', still, { isBlurred: true, spoiler: undefined }],
    ['blur', hidden, { isBlurred: true, spoiler: undefined }],
    ['show', hidden, { isBlurred: false, spoiler: undefined }],
  ] as const)('follows the channel: %s, %o', async (action, limits, { isBlurred, spoiler }) => {
    await using core = await createChat({ pictureCheck: createFakePictureCheck('suggestive') });
    await say(core, olga(limits), `/admin pictures suggestive ${action} --channel`);
    const batch = await finish(core, 'a lake', who(limits));
    await deliverAll(core);
    const [row] = await imagesOf(core, batch);
    const images = core.chat.messages().flatMap(({ part }) => part.images);
    const blob = isBlurred ? blurredKey(row?.original ?? '') : row?.original;
    expect(images.map((image) => ({ blob: image.blob, spoiler: image.spoiler }))).toEqual([{ blob, spoiler }]);
    const lines = core.chat
      .messages()
      .flatMap(({ part }) => part.lines.flatMap((line) => ('key' in line ? line.key : [])));
    expect(lines.includes('card.blurred')).toBe(isBlurred);
  });

  it('is blurred on a card, in its sheets and in a zip as well, and clear for who asked, alone', async () => {
    const pictureCheck = createFakePictureCheck('suggestive');
    await using core = await createChat({ pictureCheck, publicAddress: () => undefined });
    const live = { liveImageEditMinMs: 0 };
    await say(core, olga(live), '/admin pictures suggestive blur');
    const batch = await finish(core, 'a lake --n 3', who(live));
    const rows = await imagesOf(core, batch);
    const clear = new Set(rows.flatMap(({ original, thumbnail }) => [original, thumbnail]));
    await say(core, who(live), `/show ${batch} --as files`);
    await say(core, who(live), `/zip ${batch}`);
    await deliverAll(core);
    const shown = core.chat.sends.concat(core.chat.edits as never[]).flatMap(({ part }) => part.images);
    expect(shown.filter(({ blob }) => clear.has(blob))).toEqual([]);
    expect(shown.length).toBeGreaterThan(6);
    const [sheets] = await core.sql`select sheets from batches`;
    expect(sheets?.sheets).toEqual([expect.not.objectContaining({ rating: expect.anything() })]);

    const seen = (reply: Awaited<ReturnType<typeof say>>) =>
      reply.kind === 'message' ? reply.message.images.map(({ blob }) => blob) : [];
    expect(seen(await say(core, who(live), `/picture ${batch} 2`))).toEqual([rows[1]?.original]);
    expect(seen(await say(core, olga(live), `/picture ${batch} 2`))).toEqual([blurredKey(rows[1]?.original ?? '')]);
    await say(core, alone('home'), `/show ${batch} 1`);
    const before = core.chat.sends.length;
    await deliverAll(core);
    const own = core.chat.sends.slice(before).flatMap(({ part }) => part.images.map(({ blob }) => blob));
    expect(own).toEqual([rows[0]?.original]);
  });

  it('is blurred in a zip, which has no spoilers', async () => {
    await using core = await createChat({
      pictureCheck: createFakePictureCheck('suggestive'),
      publicAddress: () => undefined,
    });
    const batch = await finish(core, 'a lake', who(hidden));
    await say(core, who(hidden), `/zip ${batch}`);
    let files: Awaited<ReturnType<typeof readZip>> = [];
    const put = core.deps.blobs.putTemporary;
    core.deps.blobs.putTemporary = async (key, bytes) => {
      if (key.includes('/zip-')) files = await readZip(bytes);
      return put(key, bytes);
    };
    await deliverAll(core);
    const [row] = await imagesOf(core, batch);
    const bytes = await core.deps.blobs.read(blurredKey(row?.original ?? ''));
    const pictures = files.filter(({ name }) => !name.endsWith('.csv'));
    expect(pictures).toMatchObject([{ name: expect.stringMatching(/\.jpg$/), bytes: Buffer.from(bytes) }]);
  });

  it('follows the place that it is shared with, where what is blocked is left out', async () => {
    const pictureCheck = createFakePictureCheck();
    await using core = await createChat({ pictureCheck });
    pictureCheck.next.push('safe', 'suggestive', 'explicit');
    const adult = who({ ...still, ageRestricted: true });
    await say(core, adult, '/imagine a lake --n 3 --private');
    await core.queue.run(core.deps);
    await deliverAll(core);
    const [found] = await core.sql`select id from batches`;
    const rows = await core.sql`select rating, original from images where batch_id = ${found?.id}`;
    const lobby = sender('ann', { channel: 'lobby', limits: hidden });
    await say(core, lobby, `/share ${found?.id}`);
    const before = core.chat.sends.length;
    await deliverAll(core);
    const [part] = core.chat.sends.slice(before).map((sent) => sent.part);
    const of = (rating: string) => rows.find((row) => row.rating === rating)?.original;
    expect(part?.images.map(({ blob, spoiler }) => [blob, spoiler]).toSorted()).toEqual(
      [
        [of('safe'), undefined],
        [of('suggestive'), true],
      ].toSorted(),
    );
    expect(part?.lines).toContainEqual(expect.objectContaining({ key: 'gallery.withheld' }));
  });

  it('is refused in words where all of it is blocked by now, and goes on to who asked, alone', async () => {
    await using core = await createChat({ pictureCheck: createFakePictureCheck('suggestive') });
    const batch = await finish(core, 'a lake --n 2');
    await say(core, olga(), '/admin pictures suggestive block');
    expect(keysOf(await say(core, who(), `/show ${batch}`))).toEqual(['errors.batch.blockedHere']);
    expect(keysOf(await say(core, alone('home'), `/show ${batch}`))).toEqual(['commands.show.done']);
  });

  it('has its previews blurred, at which nothing has looked, unless everything is shown there', async () => {
    const provider = createFakeProvider({ gated: true });
    await using core = await createChat({ providers: [provider], pictureCheck: createFakePictureCheck() });
    const live = { liveImageEditMinMs: 0, ageRestricted: true };
    const preview = async (person: ReturnType<typeof who>) => {
      const batch = await request(core, person, 'a lake');
      const running = core.queue.run(core.deps);
      await provider.called(provider.calls.length + 1).catch(() => undefined);
      await expect
        .poll(async () => (await core.sql`select partial from images where batch_id = ${batch}`)[0]?.partial)
        .toBeTruthy();
      const before = core.chat.sends.length + core.chat.edits.length;
      await deliverAll(core);
      const shown = [...core.chat.sends, ...core.chat.edits].slice(0).flatMap(({ part }) => part.images);
      const own = shown.filter(({ name }) => name.startsWith(batch));
      expect(core.chat.sends.length + core.chat.edits.length).toBeGreaterThan(before);
      for (const call of provider.calls) call.finish();
      await running;
      return own.map(({ blob }) => blob.endsWith('-blurred'));
    };
    expect(await preview(who(live))).toContain(true);
    await say(core, olga(live), '/admin pictures explicit show --channel');
    expect(await preview(who(live))).not.toContain(true);
  });
});

describe('a blurred form', () => {
  it('is gone when its picture is', async () => {
    await using core = await createTestCore();
    const [row] = await imagesOf(core, await finish(core, 'a lake'));
    const key = blurredKey(row?.original ?? '');
    expect((await core.deps.blobs.read(key)).length).toBe(await core.deps.blobs.size(key));
    await core.deps.blobs.delete(row?.original ?? '');
    await expect(core.deps.blobs.read(key)).rejects.toBeInstanceOf(BlobMissingError);
    expect(await core.deps.blobs.size(key)).toBeUndefined();
  });
});

describe('/admin pictures', () => {
  it('is for managers, and says what holds here when typed bare', async () => {
    await using core = await createTestCore({ pictureCheck: createFakePictureCheck() });
    expect(keysOf(await say(core, who(), '/admin pictures'))).toContain('errors.role.required');
    const key = (name: string) => ({ key: `commands.admin.acts.pictures.${name}` });
    expect(await say(core, olga(), '/admin pictures')).toMatchObject({
      message: {
        title: key('title'),
        lines: [key('means')],
        fields: [
          { label: key('suggestive'), value: key('spoiler') },
          { label: key('explicit'), value: key('block') },
        ],
      },
    });
  });

  it('sets, takes back, and writes down what it did', async () => {
    await using core = await createTestCore({ pictureCheck: createFakePictureCheck() });
    await say(core, olga(), '/admin pictures suggestive blur');
    await say(core, olga(), '/admin pictures EXPLICIT spoiler --channel');
    const set = () => core.sql`select scope, pictures from settings where pictures is not null order by scope`;
    expect(await set()).toEqual([
      { scope: 'channel', pictures: { explicit: 'spoiler' } },
      { scope: 'workspace', pictures: { suggestive: 'blur' } },
    ]);
    await say(core, olga(), '/admin pictures suggestive default');
    expect(await set()).toHaveLength(1);
    const acts = await core.sql`select act, before, after from audit_entries order by n`;
    expect(acts).toMatchObject([
      { act: 'pictures.set', before: { suggestive: null }, after: { suggestive: 'blur' } },
      { act: 'pictures.set', before: { explicit: null }, after: { explicit: 'spoiler' } },
      { act: 'pictures.set', before: { suggestive: 'blur' }, after: { suggestive: null } },
    ]);
  });

  it.each(['explicit', 'nude show', 'explicit hide', 'explicit show now', 'show'])(
    'refuses %j in words',
    async (typed) => {
      await using core = await createTestCore();
      expect(keysOf(await say(core, olga(), `/admin pictures ${typed}`))).toEqual(['errors.pictures.what']);
    },
  );

  it('shows explicit pictures openly in age-restricted channels alone, where the app has such', async () => {
    await using core = await createTestCore({ pictureCheck: createFakePictureCheck() });
    const set = async (typed: string, ageRestricted: boolean | undefined) =>
      keysOf(
        await say(
          core,
          olga({ ...still, ...(ageRestricted === undefined ? {} : { ageRestricted }) }),
          `/admin pictures ${typed}`,
        ),
      )[0];
    const refused = 'errors.pictures.ageRestricted';
    expect(await set('explicit show --channel', false)).toBe(refused);
    expect(await set('explicit show', false)).toBe(refused);
    expect(await set('explicit show', true)).toBe(refused);
    expect(await set('explicit show --channel', true)).not.toBe(refused);
    expect(await set('explicit show', undefined)).not.toBe(refused);
    expect(await set('suggestive show', false)).not.toBe(refused);
  });
});
