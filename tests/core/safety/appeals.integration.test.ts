import { describe, expect, it } from 'vitest';
import { DeliveryError } from '#core/ports/delivery.ts';
import { ProviderError } from '#core/ports/images.ts';
import type { Moderator } from '#core/ports/moderator.ts';
import { sendNotices } from '#core/postings/send-notices.ts';
import { alone, createChat, deliverAll } from '#tests/core/postings/chat.ts';
import {
  actionsOf,
  books,
  type createTestCore,
  imagesOf,
  keysOf,
  request,
  say,
  sender,
  type TestCore,
} from '#tests/factories.ts';
import { createFakePictureCheck } from '#tests/fakes/picture-check.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

const olga = sender('olga', { role: 'owner' });
const bo = sender('bo');

/** Objects to every text with gore in it, and counts what it is asked. */
function createModerator() {
  const asked: string[] = [];
  const moderator: Moderator = {
    id: 'fake',
    deadlineMs: 1000,
    async moderate(text) {
      asked.push(text);
      return text.includes('gore') ? ['violence', 'violence/graphic'] : [];
    },
  };
  return { moderator, asked };
}

/** Olga keeps dragons out of prompts. */
async function createGuarded(options: Parameters<typeof createTestCore>[0] = {}) {
  const core = await createChat(options);
  await say(core, olga, '/admin words add dragon');
  return core;
}

/** Asks for what is refused, and then the managers; resolves to the draft's id. */
async function askedFor(core: TestCore, line: string, who = bo): Promise<string> {
  const refused = await say(core, who, line);
  const id = /^draft (\w{6}) ask$/.exec(actionsOf(refused)[0] ?? '')?.[1];
  if (!id) throw new Error(`nothing to ask: ${JSON.stringify(refused)}`);
  expect(keysOf(await say(core, who, `draft ${id} ask`))).toEqual(['approval.sent']);
  return id;
}

/** A finished batch of Bo's of which these prompts were blocked. */
async function blockedBatch(core: TestCore, prompts: string): Promise<string> {
  await say(core, olga, '/quota');
  const id = await request(core, bo, prompts);
  await core.queue.run(core.deps);
  return id;
}

const noticesOf = async ({ sql }: TestCore) =>
  (await sql`select content, name from notices join accounts using (person_id) order by notices.id`).map(
    ({ content, name }) => ({ ...content, name }),
  );
const keysIn = (notice: { lines: { key?: string }[] } | undefined) => notice?.lines.flatMap(({ key }) => key ?? []);
const batchesOf = ({ sql }: TestCore) => sql`select id from batches order by created_at`;

describe('a prompt with a blocked word', () => {
  it('is kept as a draft that the managers are asked about where nobody else reads it, and nothing is charged', async () => {
    await using core = await createGuarded();
    const refused = await say(core, bo, '/imagine {a red dragon, a lake} --n 2');
    expect(refused).toMatchObject({ message: { audience: 'private' } });
    expect(keysOf(refused)).toEqual(['errors.prompt.blockedWord', 'approval.offerWords']);
    const [ask = ''] = actionsOf(refused);
    const sent = await say(core, bo, ask);
    expect(sent).toMatchObject({ message: { audience: 'private' } });
    expect(JSON.stringify(sent)).not.toContain('dragon');
    const [notice, ...others] = await noticesOf(core);
    expect(others).toEqual([]);
    expect(notice).toMatchObject({
      name: 'olga',
      title: { key: 'approval.titleStopped', values: { name: 'bo', count: 4, credits: 4 } },
    });
    expect(notice?.lines.slice(0, 2)).toEqual([
      { key: 'approval.words', values: { words: { list: ['dragon'] } } },
      { verbatim: 'a red dragon' },
    ]);
    expect(keysIn(notice)).toEqual(['approval.words', 'approval.once', 'approval.hint']);
    expect(await books(core)).toMatchObject({ reserve: 0, held: 0 });
    expect([...(await batchesOf(core))]).toEqual([]);
  });

  it('is made once it is approved, at its price, and refused again the next time', async () => {
    const { moderator, asked } = createModerator();
    const provider = createFakeProvider();
    await using core = await createGuarded({ moderator, providers: [provider] });
    const id = await askedFor(core, '/imagine {a red dragon, a lake}');
    expect(keysOf(await say(core, olga, `admin approve ${id}`))).toEqual(['approval.done']);
    await core.queue.run(core.deps);
    const [batch] = await batchesOf(core);
    expect(await imagesOf(core, batch?.id)).toMatchObject([
      { state: 'succeeded', approved: true },
      { state: 'succeeded', approved: false },
    ]);
    // What nobody had stopped was not let pass either.
    expect(asked).toEqual(['a lake']);
    expect(await books(core)).toMatchObject({ reserve: 2, settle: 2, held: 0, spent: 2 });
    const [act] =
      await core.sql`select act, after - 'batch' as after from audit_entries where act like 'approval.%' order by n desc limit 1`;
    expect(act).toEqual({ act: 'approval.approve', after: { draft: id, credits: 2, passed: 1 } });
    for (const line of ['/imagine a red dragon', `/rerun ${batch?.id}`])
      expect(keysOf(await say(core, bo, line)), line).toContain('errors.prompt.blockedWord');
    expect(keysOf(await say(core, olga, `admin approve ${id}`))).toEqual(['errors.approval.approved']);
  });

  it('is denied with a reason that its person is told, and nothing is made or charged', async () => {
    await using core = await createGuarded();
    const id = await askedFor(core, '/imagine a dragon');
    expect(keysOf(await say(core, olga, `/admin deny ${id} no dragons here`))).toEqual(['approval.wasDeniedBy']);
    expect((await noticesOf(core)).at(-1)).toMatchObject({
      name: 'bo',
      lines: [{ key: 'approval.wasDeniedFor', values: { reason: 'no dragons here' } }],
    });
    expect(keysOf(await say(core, olga, `admin approve ${id}`))).toEqual(['errors.approval.denied']);
    expect(keysOf(await say(core, bo, `draft ${id} ask`))).toEqual(['errors.approval.asked']);
    expect(keysOf(await say(core, bo, `draft ${id} run`))).toContain('errors.prompt.blockedWord');
    const [act] = await core.sql`select act, after from audit_entries order by n desc limit 1`;
    expect(act).toEqual({ act: 'approval.deny', after: { draft: id } });
    expect(await books(core)).toMatchObject({ reserve: 0, held: 0 });
  });

  it('is asked about and decided by nobody else', async () => {
    await using core = await createGuarded();
    const id = await askedFor(core, '/imagine a dragon');
    const mia = sender('mia');
    expect(keysOf(await say(core, mia, `draft ${id} ask`))).toEqual(['errors.draft.unknown']);
    for (const who of [bo, mia])
      expect(keysOf(await say(core, who, `admin approve ${id}`))).toEqual(['errors.role.required']);
    const foreign = sender('olga', { role: 'owner', workspace: 'elsewhere' });
    expect(keysOf(await say(core, foreign, `admin approve ${id}`))).toEqual(['errors.approval.unknown']);
    expect([...(await batchesOf(core))]).toEqual([]);
  });

  it('of a manager is refused too, with what they can do themselves', async () => {
    await using core = await createGuarded();
    const refused = await say(core, sender('adam', { role: 'admin' }), '/imagine a dragon');
    expect(keysOf(refused)).toEqual(['errors.prompt.blockedWord', 'approval.ownWords']);
    expect(actionsOf(refused)).toEqual([]);
    expect([...(await core.sql`select id from drafts`)]).toEqual([]);
  });

  it('that its person changes after they asked is not what was asked: it takes another question', async () => {
    await using core = await createGuarded();
    const id = await askedFor(core, '/imagine {a red dragon, a blue dragon}');
    expect(keysOf(await say(core, bo, `draft ${id} drop 1`))).toEqual([
      'draft.entry',
      'draft.stopped',
      'approval.takenBack',
    ]);
    expect(keysOf(await say(core, olga, `admin approve ${id}`))).toEqual(['errors.approval.unknown']);
    expect(keysOf(await say(core, bo, `draft ${id} ask`))).toEqual(['approval.sent']);
    expect((await noticesOf(core)).at(-1)?.lines[1]).toEqual({ verbatim: 'a blue dragon' });
    await say(core, olga, `admin approve ${id}`);
    const made = await core.sql`select prompt, approved from images`;
    expect([...made]).toEqual([{ prompt: 'a blue dragon', approved: true }]);
  });

  it('that was approved while its person changed it is made as it was asked about, or not at all', async () => {
    await using core = await createGuarded();
    for (let round = 0; round < 8; round += 1) {
      const id = await askedFor(core, `/imagine {a red dragon ${round}, a blue dragon ${round}}`);
      const said = await Promise.all([
        say(core, olga, `admin approve ${id}`),
        say(core, bo, `draft ${id} drop 1`),
        say(core, olga, `admin approve ${id}`),
      ]);
      const made = await core.sql`select number from images where prompt like ${`%dragon ${round}`} order by number`;
      const done = said.flatMap(keysOf).filter((key) => key === 'approval.done').length;
      expect([done, made.length]).toEqual(done === 0 ? [0, 0] : [1, 2]);
    }
  });

  it('is over after a day', async () => {
    let now = new Date('2026-05-10T10:00:00Z');
    await using core = await createGuarded({ now: () => now });
    const id = await askedFor(core, '/imagine a dragon');
    now = new Date('2026-05-11T10:00:00Z');
    expect(keysOf(await say(core, olga, `admin approve ${id}`))).toEqual(['errors.approval.unknown']);
  });

  it('stays held to a word that came after the managers read it, where another picture has that', async () => {
    await using core = await createGuarded();
    const id = await askedFor(core, '/imagine {a dragon, a fox}');
    await say(core, olga, '/admin words add fox');
    expect(keysOf(await say(core, olga, `admin approve ${id}`))).toEqual([
      'errors.prompt.blockedWord',
      'approval.ownWords',
    ]);
    expect([...(await batchesOf(core))]).toEqual([]);
  });

  it('that is private is shown to the managers alone', async () => {
    await using core = await createGuarded();
    const refused = await say(core, bo, '/imagine a dragon --private');
    await say(core, bo, actionsOf(refused)[0] ?? '');
    const [notice] = await noticesOf(core);
    expect(notice?.lines[1]).toEqual({ verbatim: 'a dragon' });
    await say(core, olga, String(notice?.actions[0].id));
    const [batch] = await core.sql`select private from batches`;
    expect(batch).toEqual({ private: true });
  });

  it('is read by those alone who are managers when it comes', async () => {
    await using core = await createGuarded();
    const gone = ['adam', 'amy', 'abe'].map((name) => sender(name, { role: 'admin' }));
    for (const who of gone) await say(core, who, '/quota');
    core.chat.changes('home', 'adam', { standing: 'member' });
    core.chat.changes('home', 'amy', undefined);
    core.chat.changes('home', 'abe', new DeliveryError('network', 'down', { retryable: true }));
    await askedFor(core, '/imagine a dragon');
    expect(await noticesOf(core)).toHaveLength(4);
    await sendNotices(core.deps);
    const readers = () => core.chat.sends.map(({ to }) => to.channel);
    expect(readers()).toEqual(['home/direct/olga']);
    expect((await noticesOf(core)).map(({ name }) => name)).toEqual(['abe']);
    core.chat.changes('home', 'abe', { standing: 'admin' });
    await core.sql`update notices set due_at = now()`;
    await sendNotices(core.deps);
    expect(readers()).toEqual(['home/direct/olga', 'home/direct/abe']);
    expect(await noticesOf(core)).toEqual([]);
  });

  it('is read by a manager of several accounts with the one that is there', async () => {
    await using core = await createGuarded();
    const old = sender('olga-of-old', { workspace: 'elsewhere' });
    await say(core, old, '/quota');
    await core.sql`update accounts set created_at = now() - interval '1 day', person_id = (select person_id from accounts where name = 'olga')
      where name = 'olga-of-old'`;
    core.chat.changes('home', 'olga-of-old', undefined);
    await askedFor(core, '/imagine a dragon');
    await sendNotices(core.deps);
    expect(core.chat.sends.map(({ to }) => to.channel)).toEqual(['home/direct/olga']);
  });

  it('is not asked about where the only manager was joined to somebody on another app and left', async () => {
    await using core = await createGuarded();
    await core.sql`update accounts set platform = 'other' where name = 'olga'`;
    const refused = await say(core, bo, '/imagine a dragon');
    expect(keysOf(await say(core, bo, actionsOf(refused)[0] ?? ''))).toEqual(['errors.approval.nobody']);
  });

  it('is not asked about where the managers could not read all of it, or nobody knows them', async () => {
    await using core = await createGuarded();
    const long = await say(core, bo, `/imagine a dragon ${'x'.repeat(3_000)}`);
    expect(keysOf(await say(core, bo, actionsOf(long)[0] ?? ''))).toEqual(['errors.approval.tooLong']);
    const refused = await say(core, bo, '/imagine a dragon');
    await core.sql`update members set role = 'member'`;
    expect(keysOf(await say(core, bo, actionsOf(refused)[0] ?? ''))).toEqual(['errors.approval.nobody']);
    expect([...(await core.sql`select id from approvals`)]).toEqual([]);
  });

  it('is only tried out by /why: nothing is kept', async () => {
    await using core = await createGuarded();
    await say(core, bo, '/why imagine a dragon');
    expect([...(await core.sql`select id from drafts`)]).toEqual([]);
  });

  it('lets no other word pass in what it is written out to, and that is moderated', async () => {
    const { moderator } = createModerator();
    let words = 'a dragon with a sword';
    const writer = { id: 'fake', deadlineMs: 1000, write: async () => ({ prompt: words }) };
    await using core = await createGuarded({ moderator, writer });
    await say(core, olga, '/admin words add sword, shield');
    const made = async () => {
      const id = await askedFor(core, '/imagine a dragon --enhance');
      await say(core, olga, `admin approve ${id}`);
      await core.queue.run(core.deps);
      const [image] = await core.sql`select state, enhanced from images order by id desc limit 1`;
      return image;
    };
    expect(await made()).toEqual({ state: 'succeeded', enhanced: 'a dragon' });
    words = 'a dragon over a lake';
    expect(await made()).toEqual({ state: 'succeeded', enhanced: words });
    words = 'a dragon in gore';
    expect(await made()).toEqual({ state: 'blocked', enhanced: words });
  });
});

describe('limits and words', () => {
  it('are not waived for one another', async () => {
    const { moderator } = createModerator();
    await using core = await createGuarded({ moderator });
    await say(core, olga, '/settings --credits-member 3');
    const words = await askedFor(core, '/imagine a dragon --n 2');
    await request(core, bo, 'a lake --n 2');
    expect(keysOf(await say(core, olga, `admin approve ${words}`))).toEqual(['errors.approval.overLimit']);
    const refused = await say(core, bo, '/imagine gore --n 3');
    expect(keysOf(refused)[0]).toBe('errors.quota.exceeded');
    const posted = await say(core, bo, actionsOf(refused)[0] ?? '');
    expect(posted).toMatchObject({ message: { audience: 'channel' } });
    await say(core, olga, actionsOf(posted)[0] ?? '');
    await core.queue.run(core.deps);
    const states = await core.sql`select state, count(*)::int as count from images group by 1 order by 1`;
    expect([...states]).toEqual([
      { state: 'blocked', count: 3 },
      { state: 'succeeded', count: 2 },
    ]);
  });

  it('are both waived where both were the reason, and the managers were told so', async () => {
    await using core = await createGuarded();
    await say(core, olga, '/settings --credits-member 1');
    const id = await askedFor(core, '/imagine a dragon --n 3');
    expect(keysIn((await noticesOf(core))[0])).toContain('approval.alsoOverLimit');
    expect(keysOf(await say(core, olga, `admin approve ${id}`))).toEqual(['approval.done']);
    await core.queue.run(core.deps);
    expect(await books(core)).toMatchObject({ settle: 3, spent: 3 });
  });
});

describe('pictures that our own moderation blocked', () => {
  it('cost nothing, say so in words of their own, and have a button on their card', async () => {
    const { moderator } = createModerator();
    await using core = await createChat({ moderator });
    const id = await blockedBatch(core, '{gore, a lake}');
    expect(await imagesOf(core, id)).toMatchObject([
      { state: 'blocked', failure: 'prompt_blocked', failure_detail: 'violence, violence/graphic' },
      { state: 'succeeded', failure: null, failure_detail: null },
    ]);
    const card = await say(core, bo, `/status ${id}`);
    expect(actionsOf(card)).toContain(`retry ${id} --ask`);
    expect(JSON.stringify(card)).toContain('errors.provider.prompt_blocked');
    expect(await books(core)).toMatchObject({ reserve: 2, settle: 1, refund: 1, held: 0, spent: 1 });
  });

  it('are the very same once they are approved, and moderation is not asked about them', async () => {
    const { moderator, asked } = createModerator();
    const provider = createFakeProvider();
    await using core = await createChat({ moderator, providers: [provider] });
    const id = await blockedBatch(core, '{gore in a hall, gore, a lake} --seed 7');
    expect(keysOf(await say(core, bo, `retry ${id} --ask`))).toEqual(['approval.sent']);
    const [notice] = await noticesOf(core);
    expect(notice?.lines).toEqual([
      { key: 'approval.fromBatch', values: { batch: id } },
      { key: 'errors.provider.prompt_blocked' },
      { key: 'approval.details', values: { details: { list: ['violence', 'violence/graphic'] } } },
      { verbatim: 'gore in a hall' },
      { verbatim: 'gore' },
      { key: 'approval.once' },
      expect.objectContaining({ key: 'approval.hint' }),
    ]);
    const before = asked.length;
    await say(core, olga, String(notice?.actions[0].id));
    await core.queue.run(core.deps);
    expect(asked).toHaveLength(before);
    const [made] = await core.sql`select id from batches order by created_at desc limit 1`;
    const [old, now] = [await imagesOf(core, id), await imagesOf(core, made?.id)];
    const decides = ({ prompt, seed, request_hash }: Record<string, unknown>) => [prompt, seed, request_hash];
    expect(now.map(decides)).toEqual(old.slice(0, 2).map(decides));
    expect(now).toMatchObject(
      old.slice(0, 2).map((row) => ({ origin_id: row.id, state: 'succeeded', approved: true })),
    );
    expect(await books(core)).toMatchObject({ reserve: 5, settle: 3, refund: 2, held: 0, spent: 3 });
  });

  it('for what they show come hidden once they are approved, as no manager has seen them', async () => {
    await using core = await createChat({ pictureCheck: createFakePictureCheck('explicit') });
    const batch = await blockedBatch(core, 'a lake --n 2 --seed 7');
    expect(keysOf(await say(core, bo, `retry ${batch} --ask`))).toEqual(['approval.sent']);
    const [notice] = await noticesOf(core);
    const draft = /^admin approve (\w+)$/.exec(notice?.actions[0]?.id)?.[1];
    expect(JSON.stringify(notice)).toContain('picture_blocked');
    await say(core, olga, `/admin approve ${draft}`);
    await core.queue.run(core.deps);
    await deliverAll(core);
    const [made] = await core.sql`select batch_id from images where approved limit 1`;
    expect((await imagesOf(core, made?.batch_id)).map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);
    const files = await core.sql`select original, thumbnail from images where approved`;
    const clear = files.flatMap(({ original, thumbnail }) => [original, thumbnail]);
    const shown = core.chat.messages().flatMap(({ part }) => part.images);
    expect(shown.length).toBeGreaterThanOrEqual(2);
    // This app has no spoilers.
    for (const { blob, spoiler } of shown) expect(!clear.includes(blob) || spoiler).toBe(true);
    const again = await request(core, bo, 'a lake --n 1 --seed 7');
    await core.queue.run(core.deps);
    expect((await imagesOf(core, again)).map(({ failure }) => failure)).toEqual(['picture_blocked']);
  });

  it('that were approved let nobody else’s same request pass unseen, though its picture is kept', async () => {
    const { moderator } = createModerator();
    const provider = createFakeProvider();
    await using core = await createChat({ moderator, providers: [provider] });
    const id = await blockedBatch(core, 'gore --seed 7');
    await say(core, bo, `retry ${id} --ask`);
    const [notice] = await noticesOf(core);
    await say(core, olga, String(notice?.actions[0].id));
    await core.queue.run(core.deps);
    const [cached] = await core.sql`select count(*)::int as count from cached_results`;
    expect(cached).toEqual({ count: 1 });
    const again = await request(core, sender('mia'), 'gore --seed 7');
    const retried = await request(core, bo, 'gore --seed 7');
    await core.queue.run(core.deps);
    for (const batch of [again, retried])
      expect(await imagesOf(core, batch)).toMatchObject([
        { state: 'blocked', failure: 'prompt_blocked', original: null },
      ]);
    expect(provider.calls).toHaveLength(1);
  });

  it('are asked about once, however often the button is pressed, and by nobody but who asked for them', async () => {
    const { moderator } = createModerator();
    await using core = await createChat({ moderator });
    const id = await blockedBatch(core, 'gore');
    expect(keysOf(await say(core, sender('mia'), `retry ${id} --ask`))).toEqual(['errors.batch.unknown']);
    expect(keysOf(await say(core, olga, `retry ${id} --ask`))).toEqual(['errors.approval.notYours']);
    const said = await Promise.all(Array.from({ length: 4 }, () => say(core, bo, `retry ${id} --ask`)));
    expect(said.flatMap(keysOf).toSorted()).toEqual(['approval.sent', ...Array(3).fill('errors.approval.asked')]);
    for (const reply of said) expect(reply).toMatchObject({ message: { audience: 'private' } });
    const [notice, ...others] = await noticesOf(core);
    expect(others).toEqual([]);
    await say(core, olga, String(notice?.actions[1].id));
    expect(keysOf(await say(core, bo, `retry ${id} --ask`))).toEqual(['errors.approval.denied']);
    expect(await books(core)).toMatchObject({ reserve: 1, refund: 1, held: 0, spent: 0 });
  });

  it('of an owner are asked about too: there is no other way to overrule a check, and the log says who did', async () => {
    const { moderator } = createModerator();
    await using core = await createChat({ moderator });
    const id = await request(core, olga, 'gore');
    await core.queue.run(core.deps);
    expect(keysOf(await say(core, olga, `retry ${id} --ask`))).toEqual(['approval.sent']);
    const [notice] = await noticesOf(core);
    expect(keysOf(await say(core, olga, String(notice?.actions[0].id)))).toEqual(['approval.done']);
    const [act] = await core.sql`select act, after ->> 'passed' as passed from audit_entries order by n desc limit 1`;
    expect(act).toEqual({ act: 'approval.approve', passed: '1' });
  });

  it('are told from what their provider refuses, which no manager overrules', async () => {
    const { moderator } = createModerator();
    const provider = createFakeProvider();
    await using core = await createChat({ moderator, providers: [provider] });
    provider.failNext(new ProviderError('content_blocked', 'no', { retryable: false }));
    const id = await blockedBatch(core, 'a lake');
    expect(actionsOf(await say(core, bo, `/status ${id}`))).not.toContain(`retry ${id} --ask`);
    expect(keysOf(await say(core, bo, `/retry ${id} --ask`))).toEqual(['errors.approval.noneBlocked']);
    const mixed = await blockedBatch(core, '{gore, a hill}');
    expect(keysOf(await say(core, bo, `/retry ${mixed} 1,2 --ask`))).toEqual(['errors.approval.notBlocked']);
    await say(core, bo, `/retry ${mixed} 1 --ask`);
    const [notice] = await noticesOf(core);
    provider.failNext(new ProviderError('content_blocked', 'no', { retryable: false }));
    await say(core, olga, String(notice?.actions[0].id));
    await core.queue.run(core.deps);
    const [last] = await core.sql`select state, failure, approved from images order by id desc limit 1`;
    expect(last).toEqual({ state: 'blocked', failure: 'content_blocked', approved: true });
    expect(await books(core)).toMatchObject({ held: 0, spent: 1 });
  });

  it('run as a draft are moderated like any', async () => {
    const { moderator } = createModerator();
    await using core = await createChat({ moderator });
    const id = await blockedBatch(core, 'gore');
    await say(core, bo, `retry ${id} --ask`);
    const [draft] = await core.sql`select id from drafts`;
    const shown = await say(core, bo, `/draft ${draft?.id}`);
    expect(keysOf(shown)).toContain('draft.stopped');
    expect(actionsOf(shown)).toEqual([`draft ${draft?.id} ask`, `draft ${draft?.id} discard`]);
    await say(core, bo, `draft ${draft?.id} run`);
    await core.queue.run(core.deps);
    const rows = await core.sql`select state, approved from images order by id`;
    expect([...rows]).toEqual(Array(2).fill({ state: 'blocked', approved: false }));
    expect(keysOf(await say(core, olga, `admin approve ${draft?.id}`))).toEqual(['errors.approval.unknown']);
  });

  it('stay under the rules of the workspace', async () => {
    const { moderator } = createModerator();
    await using core = await createChat({ moderator });
    const id = await blockedBatch(core, 'gore --n 3');
    await say(core, olga, '/admin policy --images-max 2');
    expect(keysOf(await say(core, bo, `retry ${id} --ask`))).toEqual(['errors.policy.images']);
    expect(keysOf(await say(core, bo, `retry ${id} 1,2 --ask`))).toEqual(['approval.sent']);
  });
});

describe('a manager who is alone with the bot', () => {
  it('decides there what another workspace asks them', async () => {
    await using core = await createGuarded();
    const id = await askedFor(core, '/imagine a dragon');
    const denied = await askedFor(core, '/imagine a green dragon');
    const there = alone('olga’s own', 'olga');
    for (const [name, refusal] of [
      ['bo', 'errors.role.required'],
      ['mia', 'errors.approval.unknown'],
    ] as const)
      expect(keysOf(await say(core, alone(`${name}’s own`, name), `admin approve ${id}`)), name).toEqual([refusal]);
    expect(keysOf(await say(core, there, `admin approve ${id}`))).toEqual(['approval.done']);
    expect(keysOf(await say(core, there, `admin approve ${id}`))).toEqual(['errors.approval.approved']);
    expect(keysOf(await say(core, there, `/admin deny ${denied} no`))).toEqual(['approval.wasDeniedBy']);
    const made =
      await core.sql`select w.name, a.name as person from batches b join workspaces w on w.id = b.workspace_id
      join accounts a using (person_id)`;
    expect([...made]).toEqual([{ name: 'home', person: 'bo' }]);
  });

  it('decides as what the app says they are there now, and nothing while it does not say', async () => {
    await using core = await createGuarded();
    await say(core, olga, '/admin role map everyone guest');
    const [id, other] = [await askedFor(core, '/imagine a dragon'), await askedFor(core, '/imagine a green dragon')];
    const decide = async (act: string) => keysOf(await say(core, alone('olga’s own', 'olga'), act));
    core.chat.changes('home', 'olga', { standing: 'member', platformRoles: ['designers'] });
    expect(await decide(`admin approve ${id}`)).toEqual(['errors.role.required']);
    const [seen] = await core.sql`
      select role, standing, platform_roles from members join accounts using (person_id) join workspaces w on w.id = workspace_id
      where accounts.name = 'olga' and w.name = 'home'`;
    expect(seen).toEqual({ role: 'guest', standing: 'member', platform_roles: ['designers'] });
    core.chat.changes('home', 'olga', undefined);
    expect(await decide(`admin deny ${id}`)).toEqual(['errors.elsewhere.left']);
    core.chat.changes('home', 'olga', new DeliveryError('network', 'down', { retryable: true }));
    expect(await decide(`admin approve ${id}`)).toEqual(['errors.elsewhere.untold']);
    expect(await batchesOf(core)).toHaveLength(0);
    core.chat.changes('home', 'olga', { standing: 'admin' });
    expect(await decide(`admin approve ${id}`)).toEqual(['approval.done']);
    expect(await decide(`admin deny ${other}`)).toEqual(['approval.wasDeniedBy']);
    const mia = sender('mia');
    await say(core, mia, '/quota');
    core.chat.changes('home', 'mia', { standing: 'admin' });
    const last = await askedFor(core, '/imagine a blue dragon');
    expect(keysOf(await say(core, alone('mia’s own', 'mia'), `admin approve ${last}`))).toEqual(['approval.done']);
  });

  it('decides nothing for a workspace that is suspended, and nobody reaches it from there', async () => {
    await using core = await createGuarded({ operators: new Set(['fake:root']) });
    const id = await askedFor(core, '/imagine a dragon');
    const batch = await request(core, bo, 'a lake');
    await core.queue.run(core.deps);
    await say(core, sender('root', { workspace: 'elsewhere' }), '/operator suspend fake:home');
    for (const [who, line] of [
      [alone('olga’s own', 'olga'), `admin approve ${id}`],
      [alone('bo’s own', 'bo'), `/rerun ${batch}`],
    ] as const)
      expect(keysOf(await say(core, who, line)), line).toEqual(['errors.workspace.suspended']);
    expect(await batchesOf(core)).toHaveLength(1);
  });
});
