import { eq } from 'drizzle-orm';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { listPictures } from '#core/batches/find-finished.ts';
import { renderGallery } from '#core/batches/render-gallery.ts';
import { planZip } from '#core/batches/zip-pictures.ts';
import { complete } from '#core/complete.ts';
import type { Reply } from '#core/ports/chat.ts';
import { type ImageModel, type ImageProvider, ProviderError, type Upscaling } from '#core/ports/images.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import { inWorkspace } from '#db/client.ts';
import { batches } from '#db/schema/index.ts';
import { readEaselMetadata } from '#media/easel-metadata.ts';
import { createProviders, readProviders } from '#providers/index.ts';
import { card } from '#tests/core/batches/dispatched.ts';
import { ann, createChat, deliverAll } from '#tests/core/postings/chat.ts';
import { books, createTestCore, keysOf, request, say, sender, type TestCore } from '#tests/factories.ts';
import { fakeLimits } from '#tests/fakes/platform.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

const olga = sender('olga', { role: 'owner' });
const ming = sender('ming', { locale: 'zh-TW' });

const upscales: Upscaling = { factors: [2, 4], sideMax: 4096, pixelsMax: 16_777_216, resamples: false, only: false };

/** What is built in: a stand-in that draws, and what resamples. */
const builtIn = () => createProviders(readProviders({}).configs, { fetch });
const resampler = (): ImageProvider => {
  const provider = builtIn().at(-1);
  if (!provider) throw new Error('it is always on');
  return provider;
};

function messageOf(reply: Reply): OutgoingMessage {
  if (reply.kind !== 'message') throw new Error('no answer');
  return reply.message;
}

function batchOf(reply: Reply): string {
  const id = messageOf(reply).fields[0]?.value;
  if (!id || !('verbatim' in id)) throw new Error(`not accepted: ${JSON.stringify(reply)}`);
  return id.verbatim;
}

const picturesOf = async (core: TestCore, batch: string) => {
  const [row] = await core.sql`select workspace_id from batches where id = ${batch}`;
  return inWorkspace(core.deps.db, row?.workspace_id, (tx) => listPictures(tx, batch));
};

async function made(core: TestCore, text: string, who = ann): Promise<string> {
  const batch = await request(core, who, text);
  await core.queue.run(core.deps);
  return batch;
}

async function enlarged(core: TestCore, typed: string, who = ann): Promise<string> {
  const batch = batchOf(await say(core, who, typed));
  await core.queue.run(core.deps);
  return batch;
}

async function galleryOf(core: TestCore, id: string) {
  const [row] = await core.sql`select workspace_id from batches where id = ${id}`;
  return inWorkspace(core.deps.db, row?.workspace_id, async (tx) => {
    const [batch] = await tx.select().from(batches).where(eq(batches.id, id));
    const place = { channelId: batch?.channelId ?? null, alone: false };
    return batch && renderGallery(tx, core.deps, batch, { limits: fakeLimits, as: 'pictures', place });
  });
}

describe('a model that can enlarge', () => {
  it('is asked for its own pictures, with the picture and the size and nothing that makes one', async () => {
    const provider = createFakeProvider({ models: [{ upscales }] });
    await using core = await createTestCore({ providers: [provider, resampler()] });
    const batch = await made(core, 'a fox --n 3 --seed 7 --no text --quality high');
    const before = await picturesOf(core, batch);
    const reply = await say(core, ann, `/upscale ${batch} 1,3 --factor 4`);
    expect(messageOf(reply).lines).toContainEqual({
      key: 'card.enlarged',
      values: { factor: 4, batch, numbers: { list: [1, 3] } },
    });
    expect(messageOf(reply)).toMatchObject({ audience: 'channel', progress: { done: 0, total: 2 } });
    expect(await books(core)).toMatchObject({ held: 2, spent: 3 });
    await core.queue.run(core.deps);
    const asked = provider.calls.slice(3).map((call) => call.request);
    expect(asked).toHaveLength(2);
    for (const source of [before[0], before[2]]) {
      expect(asked).toContainEqual({
        operation: 'upscale',
        model: 'fake',
        prompt: 'a fox',
        size: { width: 256, height: 256 },
        inputs: [{ role: 'source', type: 'png', bytes: await core.deps.blobs.read(source?.original ?? '') }],
      });
    }
    const rows = await picturesOf(core, batchOf(reply));
    expect(rows).toMatchObject(
      [before[0], before[2]].map((source) => ({
        ...{ state: 'succeeded', width: 256, height: 256, warnings: [], originId: source?.id },
        ...{ seed: source?.seed, prompt: 'a fox', negative: 'text', model: 'fake' },
      })),
    );
    expect(await books(core)).toMatchObject({ held: 0, spent: 5 });
    expect((await galleryOf(core, batchOf(reply)))?.message.lines).toEqual([]);
  });

  it('is another of the same provider, or one of anybody that does nothing else, before any other', async () => {
    const only = { ...upscales, only: true };
    const words: Partial<ImageModel> = { id: 'words' };
    const providers = [
      createFakeProvider({ id: 'one', models: [words, { id: 'sharpener', upscales: only, credits: 2 }] }),
      createFakeProvider({ id: 'two', models: [{ id: 'other', upscales }] }),
      createFakeProvider({ id: 'three', models: [{ id: 'anyones', upscales: { ...only, factors: [4] } }] }),
    ];
    await using core = await createTestCore({ providers });
    const ofOne = await made(core, 'a fox --model words');
    const ofTwo = await made(core, 'a fox --model other');
    const modelOf = async (typed: string, deps = core.deps) =>
      (await picturesOf(core, batchOf(await say({ deps }, ann, typed))))[0];
    expect(await modelOf(`/upscale ${ofOne}`)).toMatchObject({ providerId: 'one', model: 'sharpener', credits: 2 });
    expect(await modelOf(`/upscale ${ofTwo}`)).toMatchObject({ model: 'other' });
    const without = {
      ...core.deps,
      providers: [createFakeProvider({ id: 'one', models: [words] }), ...providers.slice(1)],
    };
    expect(await modelOf(`/upscale ${ofOne} --factor 4`, without)).toMatchObject({ model: 'anyones' });
    const last = { ...without, providers: [...without.providers, resampler()] };
    expect(await modelOf(`/upscale ${ofOne} --factor 2`, last)).toMatchObject({ model: 'lanczos' });
  });

  it('that refuses costs nothing, and can be asked again for the same', async () => {
    const provider = createFakeProvider({ models: [{ upscales }] });
    await using core = await createTestCore({ providers: [provider, resampler()] });
    const batch = await made(core, 'a fox');
    provider.failNext(new ProviderError('content_blocked', 'no', { retryable: false }));
    const large = await enlarged(core, `/upscale ${batch}`);
    expect(await picturesOf(core, large)).toMatchObject([{ state: 'blocked', failure: 'content_blocked' }]);
    expect(await books(core)).toMatchObject({ held: 0, spent: 1, refund: 1 });
    const reply = await say(core, ann, `/retry ${large}`);
    expect(messageOf(reply).lines).toContainEqual({
      key: 'card.origin',
      values: { batch: large, numbers: { list: [1] } },
    });
    await core.queue.run(core.deps);
    const [first, second] = [await picturesOf(core, large), await picturesOf(core, batchOf(reply))];
    expect(second).toMatchObject([{ state: 'succeeded', source: first[0]?.source, width: 128, height: 128 }]);
    expect(provider.calls.at(-1)?.request).toEqual(provider.calls.at(-2)?.request);
  });

  it('that is down leaves it to what resamples, which card and gallery say, or to nobody where that is not wanted', async () => {
    const provider = createFakeProvider({ models: [{ upscales }] });
    await using core = await createTestCore({ providers: [provider, resampler()] });
    const batch = await made(core, 'a fox');
    const noKey = new ProviderError('auth', 'no key', { retryable: false });
    provider.failNext(noKey);
    const large = await enlarged(core, `/upscale ${batch}`);
    expect(await picturesOf(core, large)).toMatchObject([
      { ...{ state: 'succeeded', model: 'lanczos', askedModel: 'fake' }, width: 128, warnings: ['resampled'] },
    ]);
    const said = [
      { key: 'gallery.moved', values: { count: 1, asked: 'fake', model: 'lanczos' } },
      { key: 'warnings.resampled' },
    ];
    expect((await galleryOf(core, large))?.message.lines).toEqual(said);
    expect((await card(core, ann, large)).lines).toEqual(expect.arrayContaining(said));
    await say(core, olga, '/settings --failover off');
    provider.failNext(noKey);
    expect(await picturesOf(core, await enlarged(core, `/upscale ${batch}`))).toMatchObject([{ failure: 'auth' }]);
  });
});

describe('where no model can', () => {
  it.each([
    [ann, 'Enlarged by resampling (Lanczos); no detail was added.', /^Enlarged 2× from \w{6} \(1, 2\)$/],
    [ming, '以重新取樣（Lanczos）放大，沒有增加細節。', /^由 \w{6}（第 1、2 張）放大 2 倍$/],
  ])('a picture is resampled, which the card says from the start and the gallery too: %#', async (who, words, from) => {
    await using core = await createChat({ providers: [createFakeProvider(), resampler()] });
    const batch = await made(core, 'a fox --n 2 --ar 16:9', who);
    const before = await picturesOf(core, batch);
    const reply = await say(core, who, `/upscale ${batch}`);
    const saidIn = (message: OutgoingMessage) => message.lines.map((line) => core.deps.i18n.say(line, message));
    expect(saidIn(messageOf(reply))).toContain(words);
    expect(saidIn(messageOf(reply))).toContainEqual(expect.stringMatching(from));
    await core.queue.run(core.deps);
    await deliverAll(core);
    const large = batchOf(reply);
    const rows = await picturesOf(core, large);
    for (const [index, row] of rows.entries()) {
      const { width = 0, height = 0, seed } = before[index] ?? {};
      expect(row).toMatchObject({ state: 'succeeded', width: 2 * width, height: 2 * height, type: 'png', seed });
      const [small, big] = await Promise.all(
        [before[index]?.original, row.original].map((blob) => core.deps.blobs.read(blob ?? '')),
      );
      expect(await sharp(big).metadata()).toMatchObject({ format: 'png', width: 2 * width, height: 2 * height });
      const colorOf = async (bytes: Uint8Array | undefined) =>
        (await sharp(bytes).stats()).channels.map(({ mean }) => mean);
      expect(await colorOf(big)).toEqual(await colorOf(small));
      expect(await readEaselMetadata(big ?? Buffer.of())).toEqual({
        prompt: 'a fox',
        seed,
        model: 'fake',
        upscaler: 'lanczos',
      });
    }
    const galleries = core.chat.messages().filter(({ part }) => !part.progress);
    expect(galleries.at(-1)?.part.images.map(({ name }) => name)).toEqual([`${large}-1.png`, `${large}-2.png`]);
    expect(saidIn(galleries.at(-1)?.part as OutgoingMessage)).toContain(words);
    expect(await books(core)).toMatchObject({ held: 0, spent: 4 });
  });

  it('the zip says who made each picture and who enlarged it', async () => {
    await using core = await createTestCore({ providers: [createFakeProvider(), resampler()] });
    const large = await enlarged(core, `/upscale ${await made(core, 'a fox --seed 7')}`);
    const batch = { id: large, total: 1, createdAt: new Date(), finishedAt: new Date() };
    const { documents, files } = await planZip(core.deps, batch, await picturesOf(core, large));
    expect(files.map(({ name }) => name)).toEqual([`${large}-1.png`]);
    expect(documents[0]?.text.split('\r\n')).toMatchObject([
      '\ufefffile,number,prompt,enhanced,negative,seed,model,width,height,credits,upscaler',
      `${large}-1.png,1,a fox,,,7,fake,128,128,1,lanczos`,
      '',
    ]);
  });

  it('what is enlarged of a stand-in still says that it is one', async () => {
    await using core = await createTestCore({ providers: builtIn() });
    const large = await enlarged(core, `/upscale ${await made(core, 'a fox --ar 4:1')}`);
    const lines = keysOf({ kind: 'message', message: await card(core, ann, large) });
    expect(lines).toEqual(expect.arrayContaining(['warnings.resampled', 'card.placeholder']));
    expect(await picturesOf(core, large)).toMatchObject([{ model: 'lanczos', width: 4096, height: 1024 }]);
  });

  it('the same again comes from what is there, and another size or picture does not', async () => {
    await using core = await createTestCore({ providers: [createFakeProvider(), resampler()] });
    const batch = await made(core, 'a fox --n 2');
    const first = await picturesOf(core, await enlarged(core, `/upscale ${batch} 1`));
    const again = await picturesOf(core, await enlarged(core, `/upscale ${batch} 1`));
    expect(again).toMatchObject([
      { requestHash: first[0]?.requestHash, original: first[0]?.original, warnings: ['resampled'] },
    ]);
    const hashes = await core.sql`select count(*)::int as count from cached_results`;
    expect(hashes[0]?.count).toBe(1);
    for (const typed of ['1 --factor 4', '2'])
      expect((await picturesOf(core, await enlarged(core, `/upscale ${batch} ${typed}`)))[0]?.requestHash).not.toBe(
        first[0]?.requestHash,
      );
  });
});

describe('/upscale', () => {
  it('takes all that came of a batch, and is a draft where they are many', async () => {
    const provider = createFakeProvider({ models: [{ upscales }] });
    await using core = await createTestCore({ providers: [provider, resampler()] });
    const noText = new ProviderError('content_blocked', 'no', { retryable: false });
    provider.failNext(noText, { prompt: (prompt) => prompt === 'bad' });
    const batch = await made(core, 'a fox --n 12\nbad');
    const reply = await say(core, ann, `upscale ${batch}`);
    expect(messageOf(reply).title).toMatchObject({ key: 'draft.title', values: { count: 12 } });
    expect(await books(core)).toMatchObject({ held: 0, spent: 12 });
    const run = messageOf(reply).actions[0]?.id ?? '';
    const large = await enlarged(core, run);
    const sources = (await picturesOf(core, batch)).slice(0, 12).map(({ original }) => original);
    expect((await picturesOf(core, large)).map(({ state, source }) => [state, source?.blob])).toEqual(
      sources.map((blob) => ['succeeded', blob]),
    );
  });

  it('says in a draft that pictures are resampled', async () => {
    await using core = await createTestCore({ providers: [createFakeProvider(), resampler()] });
    await say(core, olga, '/settings --draft-images 1');
    const batch = await made(core, 'a fox --n 2');
    expect(keysOf(await say(core, ann, `/upscale ${batch}`))).toContain('warnings.resampled');
  });

  it.each([
    ['a batch of nobody', 'zzzzzz', 'errors.batch.unknown'],
    ['no batch', '', 'errors.batch.unnamed'],
    ['a number that is not there', 'BATCH 7', 'errors.batch.noSuchPicture'],
    ['a picture that did not come', 'BATCH 1-2', 'errors.upscale.notThere'],
    ['a factor that is none', 'BATCH 1 --factor 3', 'errors.option.choice'],
    ['a batch of which nothing came', 'NONE', 'errors.upscale.nothing'],
  ])('refuses %s with a private sentence, and reserves nothing', async (_, typed, key) => {
    const provider = createFakeProvider();
    provider.failNext(new ProviderError('bad_request', 'no', { retryable: false }), {
      times: 2,
      prompt: (text) => text === 'bad',
    });
    await using core = await createTestCore({ providers: [provider, resampler()] });
    const batch = await made(core, 'a fox\nbad');
    const none = await made(core, 'bad');
    const reply = await say(core, ann, `/upscale ${typed.replace('BATCH', batch).replace('NONE', none)}`);
    expect(messageOf(reply)).toMatchObject({ audience: 'private', tone: 'error', lines: [{ key }] });
    expect(await books(core)).toMatchObject({ held: 0 });
  });

  it('refuses what would be too large, with the limit and the factor that would do', async () => {
    await using core = await createTestCore({ providers: [createFakeProvider(), resampler()] });
    const batch = await made(core, 'a fox --n 3');
    const grow = (number: number, side: number) =>
      core.sql`update images set width = ${side}, height = ${side} where batch_id = ${batch} and number = ${number}`;
    await grow(2, 2048);
    await grow(3, 2048);
    const limits = { side: 8192, megapixels: 25 };
    expect(messageOf(await say(core, ann, `/upscale ${batch} --factor 4`)).lines).toEqual([
      { key: 'errors.upscale.tooLarge', values: { ...limits, count: 2, numbers: { list: [2, 3] }, factor: 2 } },
    ]);
    await grow(2, 4096);
    const refused = messageOf(await say(core, ann, `/upscale ${batch} 1-2`));
    expect(refused.lines).toEqual([
      { key: 'errors.upscale.largest', values: { ...limits, count: 1, numbers: { list: [2] } } },
    ]);
    expect(refused.lines.map((line) => core.deps.i18n.say(line, refused))).toEqual([
      'Picture 2 cannot be made larger: at most 8,192 pixels a side and 25 megapixels are possible. Leave it out.',
    ]);
    expect(await books(core)).toMatchObject({ held: 0, spent: 3 });
  });

  it('fails for a picture that is no longer stored, says so, and costs nothing', async () => {
    await using core = await createTestCore({ providers: [createFakeProvider(), resampler()] });
    const batch = await made(core, 'a fox');
    const large = batchOf(await say(core, ann, `/upscale ${batch}`));
    await core.deps.blobs.delete((await picturesOf(core, batch))[0]?.original ?? '');
    await core.queue.run(core.deps);
    expect(await picturesOf(core, large)).toMatchObject([{ state: 'failed', failure: 'source_gone', attempts: 1 }]);
    expect(await books(core)).toMatchObject({ held: 0, spent: 1, refund: 1 });
    const reason = { key: 'errors.provider.source_gone' };
    expect((await card(core, ann, large)).lines).toContainEqual(
      expect.objectContaining({ key: 'card.failure', values: expect.objectContaining({ reason }) }),
    );
  });

  it('says how long it takes from enlargements of the same size', async () => {
    await using core = await createTestCore({ providers: [createFakeProvider(), { ...resampler(), concurrency: 1 }] });
    const batch = await made(core, 'a fox');
    for (const [factor, seconds] of [
      [2, 3],
      [4, 20],
    ] as const) {
      const large = await enlarged(core, `/upscale ${batch} --factor ${factor}`);
      await core.sql`update images set finished_at = dispatched_at + make_interval(secs => ${seconds}) where batch_id = ${large}`;
    }
    const leftOf = async (factor: number) => {
      const { fields } = messageOf(await say(core, ann, `/upscale ${batch} --factor ${factor}`));
      return fields.find(({ label }) => 'key' in label && label.key === 'card.field.left')?.value;
    };
    expect(await leftOf(2)).toMatchObject({ values: { duration: { seconds: 3 } } });
  });
});

describe('an enlargement', () => {
  const providers = () => [createFakeProvider(), resampler()];

  it('is made again the same way, whatever the seed, and cannot be asked for with other words', async () => {
    await using core = await createTestCore({ providers: providers() });
    const large = await enlarged(core, `/upscale ${await made(core, 'a fox')}`);
    const [first] = await picturesOf(core, large);
    const again = await enlarged(core, `/rerun ${large}`);
    const { source, seed, width, height, original } = first ?? {};
    expect(await picturesOf(core, again)).toMatchObject([
      { source, seed, width, height, original, originId: first?.id },
    ]);
    const refused = await say(core, ann, `/rerun ${large} --prompt "a cat"`);
    expect(messageOf(refused).lines).toEqual([{ key: 'errors.upscale.noWords', values: { batch: large, picture: 1 } }]);
  });

  it('is varied by the model that made the picture, from that picture', async () => {
    const [maker, enlarger] = [createFakeProvider(), resampler()];
    await using core = await createTestCore({ providers: [maker, enlarger] });
    const batch = await made(core, 'a fox --quality high');
    const [small] = await picturesOf(core, batch);
    const large = await enlarged(core, `/upscale ${batch}`);
    const reply = await say(core, ann, `/vary ${large} 1 --prompt "a cat"`);
    expect(messageOf(reply).lines).toContainEqual({
      key: 'card.origin',
      values: { batch: large, numbers: { list: [1] } },
    });
    await core.queue.run(core.deps);
    const bytes = await core.deps.blobs.read(small?.original ?? '');
    expect(maker.calls.at(-1)?.request).toMatchObject({
      ...{ operation: 'edit', model: 'fake', prompt: 'a cat', quality: 'high' },
      inputs: [{ role: 'reference', bytes }],
    });
    expect(await picturesOf(core, batchOf(reply))).toMatchObject([{ state: 'succeeded', source: null, warnings: [] }]);
  });

  it('is enlarged further from itself by what a button carries, and still knows who made the picture', async () => {
    await using core = await createTestCore({ providers: providers() });
    const large = await enlarged(core, `/upscale ${await made(core, 'a fox')}`);
    const [first] = await picturesOf(core, large);
    const larger = await enlarged(core, `upscale ${large} 1`);
    expect(await picturesOf(core, larger)).toMatchObject([
      { width: 256, height: 256, source: { blob: first?.original, model: 'fake', width: 128, height: 128, factor: 2 } },
    ]);
  });
});

describe('a model that only enlarges', () => {
  it('can be chosen nowhere, takes over from no other, and is no default', async () => {
    const maker = createFakeProvider();
    maker.failNext(new ProviderError('auth', 'no key', { retryable: false }));
    await using core = await createTestCore({ providers: [resampler(), maker] });
    expect(keysOf(await say(core, ann, '/imagine a fox --model lanczos'))).toContain('errors.option.model');
    expect(keysOf(await say(core, olga, '/settings --model lanczos'))).toContain('errors.option.model');
    expect((await complete(core.deps, ann, '/imagine a fox --model ')).map(({ value }) => value)).toEqual(['fake']);
    const batch = await made(core, 'a fox');
    expect(await picturesOf(core, batch)).toMatchObject([{ model: 'fake', state: 'failed', failure: 'auth' }]);
    const rows = await core.sql`select distinct provider_id from images`;
    expect([...rows]).toEqual([{ provider_id: 'fake' }]);
  });
});
