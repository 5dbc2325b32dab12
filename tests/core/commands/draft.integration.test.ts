import { describe, expect, it } from 'vitest';
import { sweep } from '#core/batches/sweep.ts';
import { complete } from '#core/complete.ts';
import type { Reply } from '#core/ports/chat.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import { card } from '#tests/core/batches/dispatched.ts';
import { books, createTestCore, keysOf, say, sender, type TestCore } from '#tests/factories.ts';

const ann = sender('ann');
const owner = sender('olga', { role: 'owner' });
const minutes = 60_000;

function messageOf(reply: Reply): OutgoingMessage {
  if (reply.kind !== 'message') throw new Error('no answer');
  return reply.message;
}

const actionsOf = (reply: Reply) => messageOf(reply).actions.map(({ id }) => id);

function draftOf(reply: Reply): string {
  const id = /^draft (\w{6}) /.exec(actionsOf(reply)[0] ?? '')?.[1];
  if (!id) throw new Error(`no draft: ${JSON.stringify(reply)}`);
  return id;
}

const valuesOf = (reply: Reply) => messageOf(reply).fields.map(({ label, value }) => [label, value]);
const counts = async ({ sql }: TestCore) =>
  (await sql`select (select count(*)::int from batches) as batches, (select count(*)::int from drafts) as drafts`)[0];

describe('a batch over the threshold of its workspace', () => {
  it('is a draft with its price first, which reserves nothing', async () => {
    await using core = await createTestCore();
    const reply = await say(core, ann, '/imagine {red, blue} fox --n 6');
    const draft = draftOf(reply);
    expect(messageOf(reply)).toMatchObject({
      audience: 'channel',
      title: { key: 'draft.title', values: { count: 12, draft } },
      lines: [
        { key: 'draft.entry', values: { position: 1, prompt: 'red fox', count: 6, size: '1024×1024' } },
        { key: 'draft.entry', values: { position: 2, prompt: 'blue fox', count: 6 } },
        { key: 'draft.hint' },
      ],
    });
    expect(valuesOf(reply).slice(0, 2)).toEqual([
      [{ key: 'draft.field.price' }, { key: 'draft.credits', values: { count: 12 } }],
      [{ key: 'draft.field.leftAfter' }, { key: 'draft.credits', values: { count: 188 } }],
    ]);
    expect(actionsOf(reply)).toEqual([`draft ${draft} run`, `draft ${draft} sample`, `draft ${draft} discard`]);
    expect(await counts(core)).toEqual({ batches: 0, drafts: 1 });
    expect(await books(core)).toMatchObject({ held: 0, spent: 0 });
  });

  it('is made once when it is confirmed, however often that is pressed', async () => {
    await using core = await createTestCore();
    const draft = draftOf(await say(core, ann, '/imagine a fox --n 12'));
    const replies = await Promise.all(
      ['1', '2'].map((key) => say(core, ann, `draft ${draft} run`, { deliveryKey: key })),
    );
    expect(replies.flatMap(keysOf).filter((key) => key === 'errors.draft.unknown')).toHaveLength(1);
    expect(await counts(core)).toEqual({ batches: 1, drafts: 0 });
    await core.queue.run(core.deps);
    expect(await books(core)).toMatchObject({ held: 0, spent: 12 });
  });

  it.each([
    ['a few pictures', '/imagine a fox --n 10'],
    ['whoever wants it made at once', '/imagine a fox --n 50 --draft off'],
  ])('is not asked about for %s', async (_, text) => {
    await using core = await createTestCore();
    expect(messageOf(await say(core, ann, text)).progress).toBeDefined();
  });

  it('is measured by the pictures and the credits that the workspace set', async () => {
    await using core = await createTestCore();
    await say(core, owner, '/settings --draft-images 3 --draft-credits 2');
    expect(draftOf(await say(core, ann, '/imagine a fox --n 3'))).toBeDefined();
    expect(messageOf(await say(core, ann, '/imagine a fox --n 2')).progress).toBeDefined();
    expect(draftOf(await say(core, ann, '/imagine a fox --draft on'))).toBeDefined();
    expect(keysOf(await say(core, owner, '/settings --draft-images 3 --scope channel'))).toEqual([
      'errors.settings.workspaceOnly',
    ]);
  });

  it('also when it is made again, and its card says then what from', async () => {
    await using core = await createTestCore();
    const first = await say(core, ann, '/imagine a fox --n 12 --draft off');
    const batch = messageOf(first).fields[0]?.value;
    await core.queue.run(core.deps);
    const reply = await say(core, ann, `/rerun ${batch && 'verbatim' in batch ? batch.verbatim : ''}`);
    const made = await say(core, ann, `draft ${draftOf(reply)} run`);
    expect(keysOf(made)).toContain('card.origin');
  });
});

describe('a draft', () => {
  it('shows how long it would take once such pictures were measured', async () => {
    await using core = await createTestCore();
    await say(core, ann, '/imagine a fox --n 4');
    await core.queue.run(core.deps);
    const labels = valuesOf(await say(core, ann, '/imagine a fox --n 12')).map(([label]) => label);
    expect(labels).toContainEqual({ key: 'draft.field.time' });
  });

  it('has pages, and the last has no next one', async () => {
    await using core = await createTestCore();
    const reply = await say(core, ann, `/imagine a fox in {1..23}`);
    const draft = draftOf(reply);
    expect(actionsOf(reply)).toContain(`draft ${draft} page 2`);
    const last = await say(core, ann, `/draft ${draft} page 3`);
    expect(messageOf(last).lines).toMatchObject([
      { values: { position: 21, prompt: 'a fox in 21' } },
      { values: { position: 22 } },
      { values: { position: 23 } },
      { key: 'draft.page', values: { page: 3, pages: 3 } },
      { key: 'draft.hint' },
    ]);
    expect(actionsOf(last)).toEqual([`draft ${draft} run`, `draft ${draft} sample`, `draft ${draft} discard`]);
  });

  it('makes one sample, then the rest, each for its own price', async () => {
    await using core = await createTestCore();
    const draft = draftOf(await say(core, ann, '/imagine {red, blue} fox --n 6 --seed 7'));
    const sample = await say(core, ann, `draft ${draft} sample`);
    expect(messageOf(sample).progress).toEqual({ done: 0, total: 1 });
    expect(await books(core)).toMatchObject({ held: 1 });
    await core.queue.run(core.deps);
    const [done] = await core.sql<{ id: string }[]>`select id from batches`;
    const rest = (await card(core, ann, done?.id ?? '')).actions[0];
    expect(rest).toMatchObject({ id: `draft ${draft} run`, label: { key: 'draft.runRest', values: { count: 11 } } });
    await say(core, ann, rest?.id ?? '');
    await core.queue.run(core.deps);
    const seeds = await core.sql<{ seed: number }[]>`select seed::float8 from images order by id`;
    expect(seeds.map(({ seed }) => seed)).toEqual([7, 8, 9, 10, 11, 12, 7, 8, 9, 10, 11, 12]);
    expect(await books(core)).toMatchObject({ held: 0, spent: 12 });
    expect((await card(core, ann, done?.id ?? '')).actions[0]?.id).not.toBe(`draft ${draft} run`);
  });

  it('leaves out what is dropped, by the numbers that it shows', async () => {
    await using core = await createTestCore();
    const draft = draftOf(await say(core, ann, '/imagine a fox in {1..12}'));
    const shorter = await say(core, ann, `/draft ${draft} drop 2,5-7`);
    expect(messageOf(shorter).title).toMatchObject({ values: { count: 8 } });
    expect(messageOf(shorter).lines[1]).toMatchObject({ values: { position: 2, prompt: 'a fox in 3' } });
    await say(core, ann, `/draft ${draft} run`);
    const prompts = await core.sql<{ prompt: string }[]>`select prompt from images order by id`;
    expect(prompts.map(({ prompt }) => prompt)).toEqual([1, 3, 4, 8, 9, 10, 11, 12].map((at) => `a fox in ${at}`));
  });

  it('has a menu of the entries of its page, which leaves out one of several', async () => {
    await using core = await createTestCore();
    const first = messageOf(await say(core, ann, '/imagine a fox in {1..12}'));
    const options = first.choices?.options ?? [];
    expect(options.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const shorter = messageOf(await say(core, ann, options[2]?.id ?? ''));
    expect(shorter.lines[2]).toMatchObject({ values: { position: 3, prompt: 'a fox in 4' } });
    expect(messageOf(await say(core, ann, '/imagine a fox --draft')).choices).toBeUndefined();
  });

  it('that costs more than is left says so, and can be shortened but not made', async () => {
    await using core = await createTestCore();
    const guest = sender('gus', { role: 'guest' });
    const reply = await say(core, guest, '/imagine a fox in {1..31}');
    const draft = draftOf(reply);
    expect(messageOf(reply)).toMatchObject({ tone: 'warning' });
    expect(keysOf(reply)).toContain('draft.tooDear');
    expect(actionsOf(reply)).not.toContain(`draft ${draft} run`);
    expect(keysOf(await say(core, guest, `draft ${draft} run`))).toEqual(['errors.quota.exceeded', 'approval.offer']);
    expect(actionsOf(await say(core, guest, `draft ${draft} drop 1`))).toContain(`draft ${draft} run`);
  });

  it.each([
    ['discarded', async (core: TestCore, draft: string) => void (await say(core, ann, `draft ${draft} discard`))],
    ['left to expire', async () => undefined],
  ])('that was %s is gone, with nothing reserved', async (how, end) => {
    let at = new Date('2026-03-01T12:00:00Z');
    await using core = await createTestCore({ now: () => at });
    const draft = draftOf(await say(core, ann, '/imagine a fox --n 12'));
    await end(core, draft);
    if (how === 'left to expire') at = new Date(at.getTime() + 10 * minutes);
    expect(keysOf(await say(core, ann, `draft ${draft} run`))).toEqual(['errors.draft.unknown']);
    await sweep({ ...core.deps, now: () => new Date(at.getTime() + 1) });
    expect(await counts(core)).toEqual({ batches: 0, drafts: 0 });
    expect(await books(core)).toMatchObject({ held: 0, spent: 0 });
  });

  it('is its person’s alone', async () => {
    await using core = await createTestCore();
    const draft = draftOf(await say(core, ann, '/imagine a fox --n 12'));
    for (const who of [owner, sender('ben'), sender('ann', { workspace: 'elsewhere' })]) {
      expect(keysOf(await say(core, who, `draft ${draft} run`))).toEqual(['errors.draft.unknown']);
    }
    expect((await complete(core.deps, ann, '/draft ')).map(({ value }) => value)).toEqual([draft]);
    expect(await complete(core.deps, owner, '/draft ')).toEqual([]);
  });

  it.each([
    ['', 'errors.draft.unnamed'],
    ['zzzzzz run', 'errors.draft.unknown'],
    ['DRAFT fly', 'errors.word.choice'],
    ['DRAFT drop', 'errors.draft.whichDropped'],
    ['DRAFT drop 2', 'errors.draft.noSuchEntry'],
    ['DRAFT drop 1', 'errors.draft.allDropped'],
  ])('answers /draft %s with a sentence', async (typed, key) => {
    await using core = await createTestCore();
    const draft = draftOf(await say(core, ann, '/imagine a fox --n 12'));
    expect(keysOf(await say(core, ann, `/draft ${typed.replace('DRAFT', draft)}`))).toEqual([key]);
    expect(await counts(core)).toEqual({ batches: 0, drafts: 1 });
  });
});

describe('a style', () => {
  it('is added to the prompt: what was typed, else the preset’s, else the workspace’s', async () => {
    await using core = await createTestCore();
    await say(core, owner, '/settings --style "flat colours"');
    await say(core, ann, '/preset save look --style ink');
    for (const flags of ['', '--preset look', '--preset look --style "oil on canvas"']) {
      await say(core, ann, `/imagine a fox ${flags}`);
    }
    const prompts = await core.sql<{ prompt: string }[]>`select prompt from images order by id`;
    expect(prompts.map(({ prompt }) => prompt)).toEqual(['a fox, flat colours', 'a fox, ink', 'a fox, oil on canvas']);
  });
});
