import { describe, expect, it } from 'vitest';
import { complete } from '#core/complete.ts';
import type { Reply } from '#core/ports/chat.ts';
import { type ImageModel, ProviderError } from '#core/ports/images.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import { card } from '#tests/core/batches/dispatched.ts';
import { ann, createChat, deliverAll } from '#tests/core/postings/chat.ts';
import { books, createTestCore, keysOf, request, say, sender, type TestCore } from '#tests/factories.ts';
import { createFakeProvider, type FakeProvider } from '#tests/fakes/provider.ts';
import { fourColors } from '#tests/media/pictures.ts';

const olga = sender('olga', { role: 'owner' });
const ben = sender('ben');

const blocked = new ProviderError('content_blocked', 'no', { retryable: false });
const refused = new ProviderError('bad_request', 'no', { retryable: false });

function messageOf(reply: Reply): OutgoingMessage {
  if (reply.kind !== 'message') throw new Error('no answer');
  return reply.message;
}

/** The batch that an answer is the card of. */
function batchOf(reply: Reply): string {
  const id = messageOf(reply).fields[0]?.value;
  if (!id || !('verbatim' in id)) throw new Error(`not accepted: ${JSON.stringify(reply)}`);
  return id.verbatim;
}

const rowsOf = async ({ sql }: Pick<TestCore, 'sql'>, batch: string) => [
  ...(await sql<
    {
      id: string;
      number: number;
      state: string;
      prompt: string;
      model: string;
      seed: number;
      seed_asked: boolean;
      width: number;
      height: number;
      credits: number;
      request_hash: string | null;
      origin_id: string | null;
      warnings: string[];
    }[]
  >`select id, number, state, prompt, model, seed::float8, seed_asked, width, height, credits, request_hash, origin_id,
    warnings from images where batch_id = ${batch} order by number`),
];

const countBatches = async ({ sql }: Pick<TestCore, 'sql'>) =>
  (await sql<{ count: number }[]>`select count(*)::int as count from batches`)[0]?.count;

/** Five pictures in two shapes; the second is blocked, the fourth fails. */
async function partlyFailed(core: TestCore, provider: FakeProvider): Promise<string> {
  provider.failNext(blocked, { prompt: (prompt) => prompt === 'bad' });
  provider.failNext(refused, { prompt: (prompt) => prompt === 'odd' });
  const batch = await request(core, ann, 'a fox\nbad --seed 7 --ar 16:9\na cat\nodd\nan owl');
  await core.queue.run(core.deps);
  return batch;
}

describe('/retry', () => {
  it('asks for what did not come alone, the same as before, and is paid for what comes', async () => {
    const provider = createFakeProvider();
    await using core = await createTestCore({ providers: [provider] });
    const batch = await partlyFailed(core, provider);
    const old = await rowsOf(core, batch);
    expect(await books(core)).toMatchObject({ held: 0, spent: 3 });

    const reply = await say(core, ann, `/retry ${batch}`);
    const again = batchOf(reply);
    expect(messageOf(reply)).toMatchObject({ audience: 'channel', progress: { done: 0, total: 2 } });
    expect(await books(core)).toMatchObject({ held: 2, spent: 3 });
    const decides = (row: (typeof old)[number] | undefined) => ({
      ...{ prompt: row?.prompt, seed: row?.seed, seed_asked: row?.seed_asked, request_hash: row?.request_hash },
      ...{ width: row?.width, height: row?.height },
    });
    expect((await rowsOf(core, again)).map(decides)).toEqual([decides(old[1]), decides(old[3])]);
    await core.queue.run(core.deps);
    expect((await rowsOf(core, again)).map(({ number, state, origin_id }) => [number, state, origin_id])).toEqual([
      [1, 'succeeded', old[1]?.id],
      [2, 'succeeded', old[3]?.id],
    ]);
    expect(await books(core)).toMatchObject({ held: 0, spent: 5 });
    expect([...(await core.sql`select prompt, line from batches where id = ${again}`)]).toEqual([
      { prompt: 'bad\nodd', line: null },
    ]);
    expect(await rowsOf(core, batch), 'the old batch stays as it is').toEqual(old);
  });

  it('keeps to the numbers that are named', async () => {
    const provider = createFakeProvider();
    await using core = await createTestCore({ providers: [provider] });
    const batch = await partlyFailed(core, provider);
    const again = batchOf(await say(core, ann, `/retry ${batch} 4`));
    expect((await rowsOf(core, again)).map(({ prompt }) => prompt)).toEqual(['odd']);
  });

  it('asks for what was cancelled, with the references of the batch', async () => {
    await using core = await createChat();
    const bytes = await fourColors(64, 64).png().toBuffer();
    const file = { name: 'fox.png', type: 'image/png', bytes };
    const batch = batchOf(await core.chat.call(ann, '/imagine a fox --n 2', [file]));
    await say(core, ann, `/cancel ${batch}`);
    const again = batchOf(await say(core, ann, `/retry ${batch}`));
    const inputs = async (id: string) => (await core.sql`select inputs, total from batches where id = ${id}`)[0];
    expect((await inputs(again))?.inputs).toHaveLength(1);
    expect(await inputs(again)).toEqual(await inputs(batch));
  });

  it.each([
    ['nothing failed', '', 'errors.batch.allCame', {}],
    ['a number is not in the batch', ' 2,3,7', 'errors.batch.noSuchPicture', { numbers: { list: [3, 7] }, count: 2 }],
    ['a picture has come', ' 1-2', 'errors.batch.pictureCame', { numbers: { list: [1, 2] }, typed: '1,2' }],
    ['many numbers are not', ' 1,3-900', 'errors.batch.noSuchPicture', { numbers: { list: ['3–900'] } }],
    ['numbers are none', ' first', 'errors.option.numbers', { value: 'first' }],
  ])('refuses with a sentence where %s', async (_, numbers, key, values) => {
    await using core = await createTestCore();
    const batch = await request(core, ann, 'a fox --n 2');
    await core.queue.run(core.deps);
    const reply = await say(core, ann, `/retry ${batch}${numbers}`);
    expect(messageOf(reply)).toMatchObject({ audience: 'private', tone: 'error', lines: [{ key, values }] });
    expect(await countBatches(core)).toBe(1);
  });
});

describe('/rerun', () => {
  it('makes all pictures again with other seeds, in the same shapes', async () => {
    const provider = createFakeProvider();
    await using core = await createTestCore({ providers: [provider] });
    const batch = await request(core, ann, 'a fox --seed 7 --n 2\na cat --ar 16:9');
    const old = await rowsOf(core, batch);
    await core.queue.run(core.deps);
    const again = batchOf(await say(core, ann, `/rerun ${batch}`));
    const fresh = await rowsOf(core, again);
    const shapes = (rows: typeof old) => rows.map(({ prompt, width, height }) => ({ prompt, width, height }));
    expect(shapes(fresh)).toEqual(shapes(old));
    for (const [index, row] of fresh.entries()) {
      expect(row).toMatchObject({ seed_asked: false, request_hash: null, warnings: [] });
      expect(row.seed).not.toBe(old[index]?.seed);
    }
    await core.queue.run(core.deps);
    expect(provider.calls).toHaveLength(6);
  });

  it('keeps seeds and shapes on request, and gives the same picture where the model can', async () => {
    const provider = createFakeProvider();
    await using core = await createTestCore({ providers: [provider] });
    const batch = await request(core, ann, 'a fox --n 3 --ar 9:16');
    const old = await rowsOf(core, batch);
    await core.queue.run(core.deps);
    const again = batchOf(await say(core, ann, `/rerun ${batch} 2-3 --seed same`));
    const fresh = await rowsOf(core, again);
    await core.queue.run(core.deps);
    const kept = ({ seed, width, height }: (typeof old)[number]) => ({ seed, width, height });
    expect(fresh.map(kept)).toEqual(old.slice(1).map(kept));
    expect(fresh[0]).toMatchObject({ seed_asked: true, request_hash: expect.any(String) });
    const bytes = await core.sql`select count(distinct original)::int as count from images`;
    expect([...bytes]).toEqual([{ count: 3 }]);
  });

  it("costs today's price", async () => {
    const provider = createFakeProvider();
    await using core = await createTestCore({ providers: [provider] });
    const batch = await request(core, ann, 'a fox');
    await core.queue.run(core.deps);
    const dearer = createFakeProvider({ models: [{ credits: 3 }] });
    const deps = { ...core.deps, providers: [dearer] };
    await say({ deps }, ann, `/rerun ${batch}`);
    expect(await books(core)).toMatchObject({ held: 3, spent: 1 });
  });

  it('is refused, and reserves nothing, beyond the credits that are left', async () => {
    await using core = await createTestCore();
    await say(core, olga, '/settings --credits-member 3');
    const batch = await request(core, ann, 'a fox --n 2');
    await core.queue.run(core.deps);
    expect(keysOf(await say(core, ann, `/rerun ${batch}`))).toEqual(['errors.quota.exceeded', 'approval.offer']);
    expect(await books(core)).toMatchObject({ held: 0, spent: 2 });
    expect(await countBatches(core)).toBe(1);
  });

  it('asks for the model that was asked for, where another one had to take over', async () => {
    const models: Partial<ImageModel>[] = [
      { id: 'one', sizes: { kind: 'list', sizes: [{ width: 640, height: 640 }] } },
      { id: 'two', sizes: { kind: 'list', sizes: [{ width: 512, height: 512 }] } },
    ];
    const [first, second] = models.map((model, index) => createFakeProvider({ id: `p${index}`, models: [model] }));
    if (!first || !second) throw new Error('two providers');
    first.failNext(new ProviderError('auth', 'no key', { retryable: false }));
    await using core = await createTestCore({ providers: [first, second] });
    const batch = await request(core, ann, 'a fox');
    await core.queue.run(core.deps);
    expect(await rowsOf(core, batch)).toMatchObject([{ state: 'succeeded', model: 'two' }]);
    const again = batchOf(await say(core, ann, `/rerun ${batch}`));
    expect(await rowsOf(core, again)).toMatchObject([{ model: 'one', width: 640, height: 640, warnings: [] }]);
    const deps = { ...core.deps, providers: [second] };
    const left = batchOf(await say({ deps }, ann, `/rerun ${batch}`));
    expect(await rowsOf(core, left)).toMatchObject([{ model: 'two', width: 512 }]);
  });

  it('refuses a model that is no longer there, and names it and those that are', async () => {
    await using core = await createTestCore();
    const batch = await request(core, ann, 'a fox');
    await core.queue.run(core.deps);
    const deps = { ...core.deps, providers: [createFakeProvider({ models: [{ id: 'newer' }, { id: 'newest' }] })] };
    expect(messageOf(await say({ deps }, ann, `/rerun ${batch}`)).lines).toEqual([
      { key: 'errors.model.gone', values: { model: 'fake', models: { list: ['newer', 'newest'] } } },
    ]);
  });
});

describe.each(['retry', 'rerun'])('/%s', (command) => {
  it.each([
    ['no batch', 'errors.batch.unnamed', () => ''],
    ['a batch of nobody', 'errors.batch.unknown', () => ' zzzzzz'],
    ['a batch that is still being made', 'errors.batch.unfinished', (batch: string) => ` ${batch}`],
    ['what is no number', 'errors.option.numbers', (batch: string) => ` ${batch} 0`],
  ])('refuses %s with one private sentence', async (_, key, rest) => {
    await using core = await createTestCore();
    const batch = await request(core, ann, 'a fox');
    const reply = await say(core, ann, `/${command}${rest(batch)}`);
    expect(messageOf(reply)).toMatchObject({ audience: 'private', tone: 'error' });
    expect(keysOf(reply)).toEqual([key]);
    expect(await countBatches(core)).toBe(1);
  });

  it('refuses a number that the batch does not have', async () => {
    await using core = await createTestCore();
    const batch = await request(core, ann, 'a fox');
    await say(core, ann, `/cancel ${batch}`);
    const reply = await say(core, ann, `/${command} ${batch} 2`);
    const values = { batch, numbers: { list: [2] }, count: 1 };
    expect(messageOf(reply).lines).toEqual([{ key: 'errors.batch.noSuchPicture', values }]);
  });

  it('makes one batch of the same delivery twice', async () => {
    await using core = await createTestCore();
    const batch = await request(core, ann, 'a fox --n 2');
    await say(core, ann, `/cancel ${batch}`);
    const other = await core.otherProcess();
    const deliveryKey = 'pressed once';
    const replies = await Promise.all(
      [core.deps, other].map((deps) => say({ deps }, ann, `${command} ${batch}`, { deliveryKey })),
    );
    expect(replies.map(({ kind }) => kind).sort()).toEqual(['message', 'none']);
    expect(await countBatches(core)).toBe(2);
    expect(await books(core)).toMatchObject({ held: 2 });
  });

  it('of an admin makes a batch of their own from what another asked for', async () => {
    await using core = await createTestCore();
    const batch = await request(core, ann, 'a fox');
    await say(core, ann, `/cancel ${batch}`);
    const again = batchOf(await say(core, olga, `/${command} ${batch}`));
    const people = await core.sql`
      select b.id, a.name from batches b join accounts a using (person_id) order by b.created_at`;
    expect([...people]).toEqual([
      { id: batch, name: 'ann' },
      { id: again, name: 'olga' },
    ]);
  });

  it('has its batches completed, and nothing behind them', async () => {
    await using core = await createTestCore();
    const batch = await request(core, ann, 'a fox');
    expect((await complete(core.deps, ann, `/${command} ${batch.slice(0, 2)}`)).map(({ value }) => value)).toEqual([
      batch,
    ]);
    expect(await complete(core.deps, ann, `/${command} ${batch} `)).toEqual([]);
  });
});

describe('other words', () => {
  it('are asked for in place of the old ones, which the card tells', async () => {
    await using core = await createTestCore();
    const batch = await request(core, ann, 'a fox --n 2 --seed 7');
    await core.queue.run(core.deps);
    const reply = await say(core, ann, `/rerun ${batch} 2 --seed same --prompt "a fox at night"`);
    expect(messageOf(reply).lines).toContainEqual({
      key: 'card.promptAdded',
      values: { before: '', after: 'at night' },
    });
    expect(await rowsOf(core, batchOf(reply))).toMatchObject([{ prompt: 'a fox at night', seed: 8 }]);
    for (const [words, line] of [
      ['a cat', { key: 'card.promptChanged', values: { before: 'fox', after: 'cat' } }],
      ['owls over hills', { key: 'card.promptBefore', values: { prompt: 'a fox' } }],
    ] as const) {
      const other = await say(core, ann, `/rerun ${batch} 1 --prompt "${words}"`);
      expect(messageOf(other).lines).toContainEqual(line);
    }
  });
});

describe('/vary', () => {
  it('makes pictures that start from one, with new seeds, and says from which', async () => {
    const provider = createFakeProvider();
    await using core = await createTestCore({ providers: [provider] });
    const batch = await request(core, ann, 'a fox --n 3');
    await core.queue.run(core.deps);
    const reply = await say(core, ann, `/vary ${batch} 2 --n 3`);
    const [source] = await core.sql`select original, type from images where batch_id = ${batch} and number = 2`;
    const [made] = await core.sql`select inputs, total from batches where id = ${batchOf(reply)}`;
    expect(made).toEqual({ total: 3, inputs: [{ blob: source?.original, type: source?.type, role: 'reference' }] });
    expect(messageOf(reply).lines).toContainEqual({ key: 'card.origin', values: { batch, numbers: { list: [2] } } });
    const rows = await rowsOf(core, batchOf(reply));
    expect(new Set(rows.map(({ seed }) => seed)).size).toBe(3);
    await core.queue.run(core.deps);
    expect((await rowsOf(core, batchOf(reply))).map(({ state }) => state)).toEqual(Array(3).fill('succeeded'));
  });

  it.each([
    ['no number', 'BATCH', 'errors.batch.whichPicture'],
    ['a number that is not there', 'BATCH 9', 'errors.batch.noSuchPicture'],
    ['a picture that did not come', 'BATCH 2', 'errors.batch.noPicture'],
    ['a batch of nobody', 'zzzzzz 1', 'errors.batch.unknown'],
  ])('refuses %s with a sentence', async (_, typed, key) => {
    const provider = createFakeProvider();
    await using core = await createTestCore({ providers: [provider] });
    const batch = await partlyFailed(core, provider);
    expect(keysOf(await say(core, ann, `/vary ${typed.replace('BATCH', batch)}`))).toEqual([key]);
  });

  it('refuses a model that takes no pictures, and names it', async () => {
    await using core = await createTestCore({ providers: [createFakeProvider({ models: [{ referencesMax: 0 }] })] });
    const batch = await request(core, ann, 'a fox');
    await core.queue.run(core.deps);
    expect(keysOf(await say(core, ann, `/vary ${batch} 1`))).toEqual(['errors.model.noReference']);
  });
});

describe('a finished card', () => {
  const actionsOf = (message: OutgoingMessage | undefined) => message?.actions.map(({ id }) => id);

  it('offers in place to retry what failed and to run all again, and no longer to cancel', async () => {
    const provider = createFakeProvider();
    await using core = await createChat({ providers: [provider] });
    const batch = await partlyFailed(core, provider);
    await deliverAll(core);
    const cards = core.chat.messages().filter(({ part }) => part.progress);
    expect(cards).toHaveLength(1);
    expect(actionsOf(cards[0]?.part)).toEqual([`retry ${batch}`, `zip ${batch}`, `rerun ${batch}`]);
  });

  it('offers no retry where all came or all was cancelled', async () => {
    await using core = await createTestCore();
    const done = await request(core, ann, 'a fox');
    await core.queue.run(core.deps);
    const cancelled = await request(core, ann, 'a fox');
    await say(core, ann, `/cancel ${cancelled}`);
    expect(actionsOf(await card(core, ann, done))).toEqual([`show ${done}`, `zip ${done}`, `rerun ${done}`]);
    expect(actionsOf(await card(core, ann, cancelled))).toEqual([`rerun ${cancelled}`]);
  });

  it('makes them when its owner presses, and refuses anybody else privately', async () => {
    const provider = createFakeProvider();
    await using core = await createTestCore({ providers: [provider] });
    const batch = await partlyFailed(core, provider);
    for (const action of [`retry ${batch}`, `rerun ${batch}`]) {
      const stranger = await say(core, ben, action);
      expect(messageOf(stranger)).toMatchObject({ audience: 'private', tone: 'error' });
      expect(keysOf(stranger)).toEqual(['errors.batch.unknown']);
    }
    expect(await countBatches(core)).toBe(1);
    await say(core, ann, `retry ${batch}`);
    await say(core, ann, `rerun ${batch}`);
    expect([...(await core.sql`select total from batches order by created_at`)]).toEqual([
      { total: 5 },
      { total: 2 },
      { total: 5 },
    ]);
  });
});

describe('what was made again', () => {
  const lineage = (message: OutgoingMessage) =>
    message.lines.filter((line) => 'key' in line && line.key === 'card.origin');

  it('says from what, from the first card to the last', async () => {
    const provider = createFakeProvider();
    await using core = await createChat({ providers: [provider] });
    const batch = await partlyFailed(core, provider);
    const said = [{ key: 'card.origin', values: { batch, numbers: { list: [2, 4] } } }];
    const reply = await say(core, ann, `/retry ${batch}`);
    expect(lineage(messageOf(reply))).toEqual(said);
    await core.queue.run(core.deps);
    await deliverAll(core);
    const shown = core.chat.messages().filter(({ part }) => part.progress?.total === 2);
    expect(shown.map(({ part }) => lineage(part))).toEqual([said]);
    expect(shown[0]?.part.progress).toEqual({ done: 2, total: 2 });
  });

  it('names many in a row by the first and the last', async () => {
    await using core = await createTestCore();
    const batch = await request(core, ann, 'a fox --n 9');
    await core.queue.run(core.deps);
    const again = batchOf(await say(core, ann, `/rerun ${batch} 1-3,5,6,8`));
    const shown = await card(core, ann, again);
    expect(lineage(shown)).toMatchObject([{ values: { batch, numbers: { list: ['1–3', 5, 6, 8] } } }]);
    const [line] = lineage(shown);
    expect(line && core.deps.i18n.say(line, shown)).toBe(`Made again from ${batch} (1–3, 5, 6, 8)`);
    expect(line && core.deps.i18n.say(line, { ...shown, locale: 'zh-TW' })).toContain(batch);
    expect(lineage(await card(core, ann, batch))).toEqual([]);
  });
});
