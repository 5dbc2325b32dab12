import { describe, expect, it } from 'vitest';
import { dispatchNext } from '#core/batches/dispatch-next.ts';
import { attemptsMax } from '#core/batches/fail-image.ts';
import { generateImage } from '#core/batches/generate-image.ts';
import { complete } from '#core/complete.ts';
import { ProviderError } from '#core/ports/images.ts';
import { RunLater } from '#core/ports/queue.ts';
import { ann, card, dispatched, noSignal } from '#tests/core/batches/dispatched.ts';
import { createChat, deliverAll } from '#tests/core/postings/chat.ts';
import { books, createTestCore, keysOf, request, say, sender, type TestCore } from '#tests/factories.ts';
import { createFakeProvider, type FakeProvider } from '#tests/fakes/provider.ts';
import { createFakeWriter } from '#tests/fakes/writer.ts';

const down = new ProviderError('server', 'oops', { retryable: true });
const refused = new ProviderError('content_blocked', 'no', { retryable: false });

async function runAll(core: TestCore): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await core.queue.run(core.deps);
    if (core.queue.delayed.length === 0) return;
    core.queue.ripen();
  }
}

const rowsOf = async ({ sql }: Pick<TestCore, 'sql'>, batch: string) => [
  ...(await sql<
    { state: string; prompt: string; enhance: boolean; enhanced: string | null; attempts: number; warnings: string[] }[]
  >`select state, prompt, enhance, enhanced, attempts, warnings from images where batch_id = ${batch} order by number`),
];

const promptsOf = ({ calls }: FakeProvider) => calls.map((call) => call.request.prompt);

const paidFor = async ({ sql }: Pick<TestCore, 'sql'>, kind: string) =>
  (await sql`select coalesce(sum(money_micros), 0)::int as micros from ledger where kind = ${kind}`)[0]?.micros;

/** What a batch's card says besides its words. */
const linesOf = async (core: TestCore, batch: string) =>
  (await card(core, ann, batch)).lines.flatMap((line) => ('key' in line ? [line.key] : []));

async function createWriting(options: { concurrency?: number; writer?: ReturnType<typeof createFakeWriter> } = {}) {
  const provider = createFakeProvider({ concurrency: options.concurrency ?? 8 });
  const writer = options.writer ?? createFakeWriter();
  const core = await createTestCore({ providers: [provider], writer });
  return { core, provider, writer, [Symbol.asyncDispose]: () => core[Symbol.asyncDispose]() };
}

describe('--enhance', () => {
  it('has words written out once for all pictures of a batch with the same, and makes them from that', async () => {
    await using made = await createWriting();
    const { core, provider, writer } = made;
    const batch = await request(core, ann, 'a {red, blue} fox --n 3 --enhance');
    await runAll(core);
    expect(writer.calls.map(({ prompt }) => prompt).toSorted()).toEqual(['a blue fox', 'a red fox']);
    const rows = await rowsOf(core, batch);
    expect(rows.map(({ state, attempts }) => [state, attempts])).toEqual(Array(6).fill(['succeeded', 1]));
    expect(new Set(rows.slice(0, 3).map(({ enhanced }) => enhanced)).size).toBe(1);
    expect(rows.every(({ prompt, enhanced }) => enhanced?.startsWith(`${prompt}, light `))).toBe(true);
    expect(promptsOf(provider).toSorted()).toEqual(rows.map(({ enhanced }) => enhanced).toSorted());
    expect(await books(core)).toEqual({ reserve: 6, settle: 6, refund: 0, held: 0, spent: 6 });
    expect([await paidFor(core, 'adjust'), await paidFor(core, 'settle')]).toEqual([2_000, 60_000]);
  });

  it('holds for the prompts that have it alone; off wins over a preset', async () => {
    await using made = await createWriting({ concurrency: 1 });
    const { core, provider, writer } = made;
    expect(keysOf(await say(core, ann, '/preset save full --enhance'))).toEqual(['commands.preset.savedOwn']);
    const text = 'a fox --enhance && a cat && a dog --preset full && an owl --preset full --enhance off';
    const batch = await request(core, ann, text);
    await runAll(core);
    expect(promptsOf(provider)).toEqual(['a fox, light 1', 'a cat', 'a dog, light 2', 'an owl']);
    expect(writer.calls).toHaveLength(2);
    expect((await card(core, ann, batch)).fields.at(-1)?.value).toEqual({
      verbatim: '/imagine a fox --enhance on && a cat && a dog --preset full && an owl --enhance off --preset full',
    });
    expect((await say(core, ann, '/preset')).kind === 'message' && (await say(core, ann, '/preset'))).toMatchObject({
      message: { fields: [{ value: { verbatim: '--enhance on' } }] },
    });
  });

  it('tells the writer the style and what is not to be shown, and how much the model takes', async () => {
    const provider = createFakeProvider({ models: [{ promptCharsMax: 40 }, { id: 'wide' }], concurrency: 1 });
    const writer = createFakeWriter();
    await using core = await createTestCore({ providers: [provider], writer });
    await request(
      core,
      ann,
      'a fox --style ink --no hands --model {fake, wide} --enhance && a cat --model wide --enhance',
    );
    await runAll(core);
    expect(writer.calls).toEqual([
      { prompt: 'a fox, ink', negative: 'hands', charsMax: 40 },
      { prompt: 'a cat', charsMax: 1505 },
    ]);
  });

  it('is completed by its values, or the next flag', async () => {
    await using core = await createTestCore();
    const values = async (text: string) => (await complete(core.deps, ann, text)).map(({ value }) => value);
    expect(await values('/imagine a fox --enhance ')).toEqual(['on', 'off']);
    expect(await values('/imagine a fox --enhance --re')).toEqual(['--repeat']);
  });

  it('is refused where nobody writes, and nothing is charged', async () => {
    await using core = await createTestCore();
    expect(keysOf(await say(core, ann, '/imagine a fox --enhance'))).toEqual(['errors.enhance.unavailable']);
    expect(await books(core)).toMatchObject({ reserve: 0, held: 0 });
    await request(core, ann, 'a fox --enhance off');
  });

  it('makes the pictures as typed, and says so, where the writer is gone by then', async () => {
    await using made = await createWriting();
    const { core, provider } = made;
    const batch = await request(core, ann, 'a fox --enhance');
    core.deps.writer = undefined;
    await runAll(core);
    expect(promptsOf(provider)).toEqual(['a fox']);
    expect(await linesOf(core, batch)).toContain('warnings.not_enhanced');
  });

  it('is shown on the card, before and after, and as the words of the alt text', async () => {
    const writer = createFakeWriter();
    await using core = await createChat({ writer });
    writer.sayNext('<@everyone> a *fox*\nin snow');
    const batch = await request(core, ann, 'a fox --enhance');
    expect(await linesOf(core, batch)).toContain('card.enhancing');
    await runAll(core);
    await deliverAll(core);
    const shown = await card(core, ann, batch);
    const words = '<@everyone> a *fox* in snow';
    expect(shown.lines).toContainEqual({ key: 'card.enhanced', values: { prompt: words } });
    expect(shown.lines).not.toContainEqual({ key: 'card.enhancing' });
    const alts = core.chat.sends.flatMap(({ part }) => part.images.map(({ alt }) => alt));
    expect(alts).toContainEqual({ key: 'picture.alt', values: { number: 1, total: 1, prompt: words } });
  });

  it('shows the first few of many, and how many more there are', async () => {
    await using made = await createWriting();
    const batch = await request(made.core, ann, 'a fox in {1..5} --enhance');
    await runAll(made.core);
    const { lines } = await card(made.core, ann, batch);
    expect(lines.filter((line) => 'key' in line && line.key === 'card.enhanced')).toHaveLength(3);
    expect(lines).toContainEqual({ key: 'card.enhancedMore', values: { count: 2 } });
  });
});

describe('words that are written', () => {
  it('are there for every later try, also of another process', async () => {
    await using made = await createWriting();
    const { core, provider, writer } = made;
    provider.failNext(down, { times: 2 });
    const { batch, job } = await dispatched(core, 'a fox --enhance');
    await expect(generateImage(core.deps, job, noSignal())).rejects.toBe(down);
    const other = await core.otherProcess();
    await expect(generateImage(other, job, noSignal())).rejects.toBe(down);
    await generateImage(core.deps, job, noSignal());
    expect(promptsOf(provider)).toEqual(Array(3).fill('a fox, light 1'));
    expect(writer.calls).toHaveLength(1);
    expect((await rowsOf(core, batch))[0]).toMatchObject({ state: 'succeeded', attempts: 3 });
  });

  it('are written anew where the process died before they were, and then serve all', async () => {
    await using made = await createWriting();
    const { core, provider, writer } = made;
    const { batch, job } = await dispatched(core, 'a fox --n 2 --enhance');
    const { started } = writer.hold();
    generateImage(core.deps, job, noSignal()).catch(() => undefined);
    await started;
    const other = await core.otherProcess();
    await core.sql`delete from workers where id = ${core.deps.workerId}`;
    await generateImage(other, job, noSignal());
    expect(promptsOf(provider)).toEqual(['a fox, light 2']);
    expect((await rowsOf(core, batch)).map(({ enhanced }) => enhanced)).toEqual(Array(2).fill('a fox, light 2'));
  });

  it('are waited for where an older picture of the same words is having them written, which is no try', async () => {
    await using made = await createWriting();
    const { core, provider, writer } = made;
    const batch = await request(core, ann, 'a fox --n 2 --enhance');
    core.queue.empty();
    await dispatchNext(core.deps, 'fake');
    const [first, second] = core.queue.waiting.flatMap((job) => (job.name === 'generate-image' ? [job.data] : []));
    if (!first || !second) throw new Error('two were to be dispatched');
    const { started, letGo } = writer.hold();
    const making = generateImage(core.deps, first, noSignal());
    await started;
    await expect(generateImage(await core.otherProcess(), second, noSignal())).rejects.toBeInstanceOf(RunLater);
    expect((await rowsOf(core, batch))[1]).toMatchObject({ attempts: 0, enhanced: null });
    letGo();
    await making;
    await generateImage(core.deps, second, noSignal());
    expect(promptsOf(provider)).toEqual(Array(2).fill('a fox, light 1'));
    expect(writer.calls).toHaveLength(1);
  });

  it('are those that were written down first, where two providers had them written at once; both are paid', async () => {
    const providers = ['one', 'two'].map((id) => createFakeProvider({ id, models: [{ id: `m-${id}` }] }));
    const writer = createFakeWriter();
    await using core = await createTestCore({ providers, writer });
    const batch = await request(core, ann, 'a fox --model {m-one, m-two} --enhance');
    core.queue.empty();
    for (const { id } of providers) await dispatchNext(core.deps, id);
    const [first, second] = core.queue.waiting.flatMap((job) => (job.name === 'generate-image' ? [job.data] : []));
    if (!first || !second) throw new Error('two were to be dispatched');
    const { started, letGo } = writer.hold();
    const making = generateImage(core.deps, first, noSignal());
    await started;
    await generateImage(await core.otherProcess(), second, noSignal());
    letGo();
    await making;
    expect(providers.flatMap(promptsOf)).toEqual(Array(2).fill('a fox, light 2'));
    expect((await rowsOf(core, batch)).map(({ enhanced }) => enhanced)).toEqual(Array(2).fill('a fox, light 2'));
    expect(await paidFor(core, 'adjust')).toBe(2_000);
  });
});

describe('a writer that fails', () => {
  it('is asked again by the queue, and the picture then has all of its own tries', async () => {
    await using made = await createWriting();
    const { core, provider, writer } = made;
    writer.failNext(down, { times: attemptsMax - 1 });
    provider.failNext(down, { times: attemptsMax - 1 });
    const batch = await request(core, ann, 'a fox --enhance');
    await runAll(core);
    expect(core.queue.failures).toEqual(Array(2 * (attemptsMax - 1)).fill(down));
    expect((await rowsOf(core, batch))[0]).toMatchObject({
      ...{ state: 'succeeded', enhanced: `a fox, light ${attemptsMax}`, warnings: [], attempts: attemptsMax },
    });
  });

  it.each([
    ['for good', refused, 1, 1],
    ['again and again', down, 100, attemptsMax],
  ])('%s costs nobody their pictures: they are made as typed, and the card says so', async (_, error, times, asked) => {
    await using made = await createWriting();
    const { core, provider, writer } = made;
    writer.failNext(error, { times });
    const batch = await request(core, ann, 'a fox --n 2 --enhance');
    await runAll(core);
    expect(writer.calls).toHaveLength(asked);
    expect(promptsOf(provider)).toEqual(['a fox', 'a fox']);
    expect((await rowsOf(core, batch)).map(({ state, warnings }) => [state, warnings])).toEqual(
      Array(2).fill(['succeeded', ['not_enhanced']]),
    );
    expect(await linesOf(core, batch)).toEqual(['warnings.not_enhanced']);
    expect(await books(core)).toMatchObject({ settle: 2, spent: 2, held: 0 });
    expect(await paidFor(core, 'adjust')).toBe(0);
  });

  it.each([
    ['nothing', ' \n'],
    ['more than was asked for', 'fox '.repeat(500)],
  ])('by saying %s is asked again', async (_, said) => {
    await using made = await createWriting();
    made.writer.sayNext(said);
    await request(made.core, ann, 'a fox --enhance');
    await runAll(made.core);
    expect(made.core.queue.failures).toMatchObject([{ reason: 'bad_answer' }]);
    expect(promptsOf(made.provider)).toEqual(['a fox, light 2']);
  });

  it('and asks for a short wait gets it, without the pictures of others waiting', async () => {
    await using made = await createWriting();
    const { core, writer, provider } = made;
    writer.failNext(new ProviderError('rate_limited', 'slow', { retryable: true, retryAfterMs: 2_000 }));
    await request(core, ann, 'a fox --enhance');
    await core.queue.run(core.deps);
    expect(core.queue.delayed).toMatchObject([{ job: { name: 'generate-image' }, delayMs: 2_000 }]);
    expect([...(await core.sql`select paused_until from dispatch_clocks`)]).toEqual([{ paused_until: null }]);
    await runAll(core);
    expect(promptsOf(provider)).toEqual(['a fox, light 2']);
  });

  it('and asks for a long wait is not waited for', async () => {
    await using made = await createWriting();
    const { core, writer, provider } = made;
    writer.failNext(new ProviderError('rate_limited', 'slow', { retryable: true, retryAfterMs: 600_000 }));
    await request(core, ann, 'a fox --enhance');
    await core.queue.run(core.deps);
    expect(promptsOf(provider)).toEqual(['a fox']);
  });

  it('to answer is given up at its deadline, and asked again', async () => {
    const writer = createFakeWriter({ deadlineMs: 20 });
    await using made = await createWriting({ writer });
    writer.hold();
    await request(made.core, ann, 'a fox --enhance');
    await runAll(made.core);
    expect(made.core.queue.failures).toMatchObject([{ reason: 'timeout' }]);
    expect(promptsOf(made.provider)).toEqual(['a fox, light 2']);
  });

  it('is not asked once more after its process has died in each try', async () => {
    await using made = await createWriting();
    const { core, writer, provider } = made;
    const { job } = await dispatched(core, 'a fox --enhance');
    await core.sql`update images set attempts = ${attemptsMax}`;
    await generateImage(core.deps, job, noSignal());
    expect(writer.calls).toHaveLength(0);
    expect(promptsOf(provider)).toEqual(['a fox']);
  });
});

describe('while words are being written', () => {
  it('a cancel ends it: no picture is made, and the credits return', async () => {
    await using made = await createWriting();
    const { core, writer, provider } = made;
    const { batch, job } = await dispatched(core, 'a fox --enhance');
    const { started } = writer.hold();
    const making = generateImage(core.deps, job, noSignal());
    await started;
    await say(core, ann, `/cancel ${batch}`);
    await making;
    expect(provider.calls).toHaveLength(0);
    expect((await rowsOf(core, batch))[0]).toMatchObject({ state: 'cancelled', enhanced: null });
    expect(await books(core)).toMatchObject({ refund: 1, held: 0 });
  });

  it('a stop of the process hands it back, which is no try', async () => {
    await using made = await createWriting();
    const { core, writer, provider } = made;
    const { batch, job } = await dispatched(core, 'a fox --enhance');
    const { started } = writer.hold();
    const stop = new AbortController();
    const making = generateImage(core.deps, job, stop.signal).catch((error: unknown) => error);
    await started;
    stop.abort();
    expect(await making).toMatchObject({ delayMs: 0 });
    expect((await rowsOf(core, batch))[0]).toMatchObject({ state: 'dispatched', attempts: 0, enhanced: null });
    await generateImage(core.deps, job, noSignal());
    expect(promptsOf(provider)).toEqual(['a fox, light 2']);
  });
});

describe('pictures with written out words that are made again', () => {
  const batchOf = (reply: Awaited<ReturnType<typeof say>>): string => {
    const id = reply.kind === 'message' ? reply.message.fields[0]?.value : undefined;
    if (!id || !('verbatim' in id)) throw new Error(`not accepted: ${JSON.stringify(reply)}`);
    return id.verbatim;
  };

  it('keep their words; the same seed is then the same request, and paid for once', async () => {
    await using made = await createWriting();
    const { core, writer, provider } = made;
    const batch = await request(core, ann, 'a fox --seed 7 --n 2 --enhance');
    await runAll(core);
    for (const text of [`/rerun ${batch} --seed same`, `/rerun ${batch}`, `/vary ${batch} 1`]) {
      const again = batchOf(await say(core, ann, text));
      await runAll(core);
      expect((await rowsOf(core, again))[0], text).toMatchObject({
        ...{ prompt: 'a fox', enhance: true, enhanced: 'a fox, light 1', state: 'succeeded' },
      });
    }
    expect(writer.calls).toHaveLength(1);
    expect(provider.calls.map((call) => call.request.operation)).toEqual([...Array(4).fill('generate'), 'edit']);
  });

  it('with other words have those written out', async () => {
    await using made = await createWriting();
    const { core, provider } = made;
    const batch = await request(core, ann, 'a fox --enhance');
    await runAll(core);
    await say(core, ann, `/rerun ${batch} --prompt "a cat"`);
    await runAll(core);
    expect(promptsOf(provider)).toEqual(['a fox, light 1', 'a cat, light 2']);
  });

  it('are tried to be written out again where that failed, but for the very same picture', async () => {
    await using made = await createWriting();
    const { core, provider, writer } = made;
    writer.failNext(refused);
    const batch = await request(core, ann, 'a fox --enhance');
    await runAll(core);
    const same = batchOf(await say(core, ann, `/rerun ${batch} --seed same`));
    await runAll(core);
    expect(await linesOf(core, same)).toContain('warnings.not_enhanced');
    const other = batchOf(await say(core, ann, `/rerun ${batch}`));
    await runAll(core);
    expect(await linesOf(core, other)).not.toContain('warnings.not_enhanced');
    expect(promptsOf(provider)).toEqual(['a fox', 'a fox', 'a fox, light 2']);
  });
});

describe('a draft', () => {
  it('says that prompts will be written out, and the rest comes out as its sample did', async () => {
    await using made = await createWriting();
    const { core, provider, writer } = made;
    const reply = await say(
      core,
      sender('ann', { role: 'owner' }),
      '/imagine a fox --n 3 --enhance && a cat --draft on',
    );
    if (reply.kind !== 'message') throw new Error('no answer');
    expect(reply.message.lines).toContainEqual({ key: 'draft.enhance', values: { count: 3 } });
    const id = reply.message.actions[0]?.id.split(' ')[1];
    await say(core, ann, `/draft ${id} sample`);
    await runAll(core);
    await say(core, ann, `/draft ${id} run`);
    await runAll(core);
    expect(promptsOf(provider).toSorted()).toEqual(['a cat', ...Array(3).fill('a fox, light 1')]);
    expect(writer.calls).toHaveLength(1);
  });
});
