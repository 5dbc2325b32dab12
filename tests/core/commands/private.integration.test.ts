import { describe, expect, it } from 'vitest';
import type { Reply } from '#core/ports/chat.ts';
import { DeliveryError } from '#core/ports/delivery.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import { alone, ann, createChat, deliverAll } from '#tests/core/postings/chat.ts';
import { books, keysOf, say, sender, type TestCore } from '#tests/factories.ts';
import type { FakePlatform } from '#tests/fakes/platform.ts';

const olga = sender('olga', { role: 'owner' });
const ben = sender('ben');
const dm = 'home/direct/ann';

type Core = TestCore & { chat: FakePlatform };

function messageOf(reply: Reply): OutgoingMessage {
  if (reply.kind !== 'message') throw new Error('no answer');
  return reply.message;
}

const shownIn = (core: Core, channel: string) =>
  core.chat.messages().filter(({ conversation }) => conversation.channel === channel);
const titleOf = ({ part }: { part: OutgoingMessage }) => part.title && 'key' in part.title && part.title.key;
const actionsOf = ({ part }: { part: OutgoingMessage }) => part.actions.map(({ id }) => id.split(' ')[0]);

async function newest(core: TestCore): Promise<string> {
  const [row] = await core.sql`select id from batches order by created_at desc, id limit 1`;
  return row?.id;
}

async function makePrivately(core: Core, line = '/imagine a fox --n 2 --private'): Promise<string> {
  const reply = await core.chat.call(ann, line);
  expect(messageOf(reply)).toMatchObject({ audience: 'private', lines: [{ key: 'delivery.private' }], actions: [] });
  const batch = await newest(core);
  await deliverAll(core);
  await core.queue.run(core.deps);
  await deliverAll(core);
  return batch;
}

describe('a private batch', () => {
  it("lives in its person's direct messages from its first card; the channel is told nothing", async () => {
    await using core = await createChat();
    const reply = await core.chat.call(ann, '/imagine a fox --private --n 2');
    const batch = await newest(core);
    expect(messageOf(reply).lines).toEqual([{ key: 'delivery.private', values: { count: 2, batch } }]);
    await deliverAll(core);
    expect(shownIn(core, dm).map(titleOf)).toEqual(['card.running']);
    await core.queue.run(core.deps);
    await deliverAll(core);
    expect(shownIn(core, dm).map(titleOf)).toEqual(['card.done', 'gallery.title']);
    expect(shownIn(core, dm).map(({ reader }) => reader)).toEqual(['ann', 'ann']);
    expect(shownIn(core, dm).map(actionsOf)[0]).toEqual(['share', 'zip', 'rerun']);
    const [notice, ...others] = shownIn(core, 'home/general');
    expect(notice?.reader).toBe('ann');
    expect(others).toEqual([]);
    expect(await books(core)).toMatchObject({ held: 0, spent: 2 });
  });

  it.each([
    ['--private on', true],
    ['--private off', false],
    ['', true],
  ])('is what a workspace or channel makes of requests, and what is typed wins: %j', async (flag, isPrivate) => {
    await using core = await createChat();
    await say(core, olga, '/settings --private --scope channel');
    await say(core, ann, `/imagine a fox ${flag}`);
    expect([...(await core.sql`select private from batches`)]).toEqual([{ private: isPrivate }]);
    await say(core, olga, '/settings --private default --scope channel');
    await say(core, ann, '/imagine a fox');
    expect((await core.sql`select 1 from batches where not private`).length).toBe(isPrivate ? 1 : 2);
  });

  it.each([
    ['takes none', false, 'errors.private.closed'],
    ['cannot be reached', true, 'errors.private.unreachable'],
  ])('is refused, and costs nothing, where its person %s', async (_, retryable, key) => {
    await using core = await createChat();
    core.chat.failNext(new DeliveryError(retryable ? 'network' : 'forbidden', 'no', { retryable }));
    const reply = await core.chat.call(ann, '/imagine a fox --private');
    expect(messageOf(reply)).toMatchObject({ audience: 'private', lines: [{ key }] });
    expect([...(await core.sql`select 1 from batches union all select 1 from postings`)]).toEqual([]);
    expect(await books(core)).toMatchObject({ reserve: 0, held: 0 });
  });

  it('asked for alone with the bot is answered with its card, and belongs to no channel', async () => {
    await using core = await createChat();
    const reply = await core.chat.call(alone('home'), '/imagine a fox --private');
    expect(messageOf(reply)).toMatchObject({ audience: 'channel', title: { key: 'card.running' } });
    const batch = await newest(core);
    await core.queue.run(core.deps);
    await deliverAll(core);
    expect(shownIn(core, dm).map(actionsOf)[0]).toEqual(['zip', 'rerun']);
    expect(keysOf(await say(core, alone('home'), `/share ${batch}`))).toEqual(['errors.share.nowhere']);
  });

  it.each(['status', 'cancel', 'retry', 'rerun', 'vary', 'show', 'share', 'zip'])(
    'reads in /%s of an admin, and of somebody else, as one that does not exist',
    async (command) => {
      await using core = await createChat();
      const batch = await makePrivately(core);
      for (const who of [olga, ben]) {
        const [real, unknown] = await Promise.all(
          [batch, 'zzzzzz'].map(async (id) =>
            JSON.stringify(await say(core, who, `/${command} ${id} ${command === 'vary' ? 1 : ''}`)).replaceAll(
              id,
              'ID',
            ),
          ),
        );
        expect(real).toContain('errors.batch.unknown');
        expect(real).toBe(unknown);
      }
    },
  );

  it.each([
    ['rerun', '', 2],
    ['vary', ' 1', 1],
    ['retry', '', 1],
  ])(
    'that is made again by /%s is private again, and is shared where the first was asked for',
    async (command, rest, total) => {
      await using core = await createChat();
      const batch = await makePrivately(core);
      if (command === 'retry') await core.sql`update images set state = 'failed', failure = 'network' where number = 2`;
      expect(keysOf(await core.chat.call(ann, `/${command} ${batch}${rest}`))).toEqual(['delivery.private']);
      const fromDirect = await core.chat.call(alone('dm:ann'), `${command} ${batch}${rest}`);
      expect(messageOf(fromDirect)).toMatchObject({ title: { key: 'card.running' }, progress: { done: 0, total } });
      const rows = await core.sql`
      select b.private, c.platform_id as channel, asked.platform_id as asked, w.platform_id as workspace from batches b
      join channels c on c.id = b.channel_id join channels asked on asked.id = b.asked_channel_id
      join workspaces w on w.id = b.workspace_id`;
      expect([...rows]).toEqual(
        Array(3).fill({ private: true, channel: dm, asked: 'home/general', workspace: 'home' }),
      );
    },
  );

  it('that cannot be made again where its person takes no messages any more costs nothing', async () => {
    await using core = await createChat();
    const batch = await makePrivately(core);
    core.chat.failNext(new DeliveryError('forbidden', 'no', { retryable: false }));
    expect(keysOf(await core.chat.call(ann, `/rerun ${batch}`))).toEqual(['errors.private.closed']);
    expect(await books(core)).toMatchObject({ held: 0, reserve: 2 });
  });

  it('is posted by /show and /zip to its person alone, wherever they ask', async () => {
    await using core = await createChat({ publicAddress: () => undefined });
    const batch = await makePrivately(core);
    const before = shownIn(core, dm).length;
    expect(keysOf(await core.chat.call(ann, `/show ${batch}`))).toEqual(['commands.show.direct']);
    expect(keysOf(await core.chat.call(ann, `/zip ${batch}`))).toEqual(['commands.zip.direct']);
    await deliverAll(core);
    expect(shownIn(core, dm).slice(before).map(titleOf)).toEqual(['gallery.title', 'gallery.zip']);
    expect(shownIn(core, 'home/general').filter(({ reader }) => reader === null)).toEqual([]);
  });
});

describe('a draft of a private batch', () => {
  it('is shown to its person alone, and its buttons work in the channel and in direct messages', async () => {
    await using core = await createChat();
    const shown = messageOf(await core.chat.call(ann, '/imagine a {red, blue, green} fox --draft --private'));
    expect(shown).toMatchObject({ audience: 'private', title: { key: 'draft.title' } });
    const draft = shown.actions[0]?.id.split(' ')[1];
    const sample = await core.chat.call(alone('dm:ann'), `draft ${draft} sample`);
    expect(messageOf(sample)).toMatchObject({ title: { key: 'card.running' }, progress: { total: 1 } });
    expect(keysOf(await core.chat.call(ann, `draft ${draft} run`))).toEqual(['delivery.private']);
    await deliverAll(core);
    expect(shownIn(core, dm).map(titleOf)).toEqual(['card.running', 'card.running']);
    expect(shownIn(core, 'home/general').every(({ reader }) => reader === 'ann')).toBe(true);
    const rows = await core.sql`select private, asked_channel_id is not null as asked from batches`;
    expect([...rows]).toEqual(Array(2).fill({ private: true, asked: true }));
  });
});

describe('an answer to a private message', () => {
  it('is about its batch, though that is of another workspace, and only for its person', async () => {
    await using core = await createChat();
    const batch = await makePrivately(core, '/imagine a fox --private');
    const [, gallery] = shownIn(core, dm);
    const repliesTo = { channel: dm, message: gallery?.ref.message ?? '' };
    const answer = (who: ReturnType<typeof alone>, text: string) => say(core, who, text, { bare: true, repliesTo });
    expect(messageOf(await answer(alone('dm:ann'), '1')).title).toMatchObject({ values: { batch } });
    expect(messageOf(await answer(alone('dm:ann'), 'rerun')).title).toEqual({
      key: 'card.running',
      values: { count: 1 },
    });
    expect(await newest(core)).not.toBe(batch);
    expect(messageOf(await answer(alone('dm:ann'), 'at night')).title).toMatchObject({ key: 'card.running' });
    const [row] = await core.sql`
      select w.platform_id as workspace, inputs from batches b join workspaces w on w.id = workspace_id
      where prompt = 'at night'`;
    const [source] = await core.sql`select original from images where batch_id = ${batch}`;
    expect(row?.workspace).toBe('dm:ann');
    expect(await core.deps.blobs.read(row?.inputs[0].blob)).toEqual(await core.deps.blobs.read(source?.original));
    expect(keysOf(await answer({ ...alone('dm:ann'), account: ben.account }, '1'))).not.toContain(
      'commands.picture.title',
    );
  });
});

describe('/share', () => {
  it.each([
    ['from the direct messages to where it was asked for', alone('dm:ann')],
    ['to where it is typed', ann],
  ])('posts a private gallery %s, and says whose it is', async (_, who) => {
    await using core = await createChat();
    const batch = await makePrivately(core);
    expect(keysOf(await core.chat.call(who, `share ${batch}`))).toEqual(['commands.share.done']);
    await deliverAll(core);
    const [gallery, ...others] = shownIn(core, 'home/general').filter(({ reader }) => reader === null);
    expect(gallery?.part).toMatchObject({
      audience: 'channel',
      title: { key: 'gallery.title' },
      lines: [{ key: 'gallery.shared', values: { name: 'ann' } }],
    });
    expect(gallery?.part.images).toHaveLength(2);
    expect(others).toEqual([]);
  });

  it.each([
    ['is not private', '/imagine a fox', true, 'errors.share.notPrivate'],
    ['is still being made', '/imagine a fox --private', false, 'errors.batch.running'],
  ])('refuses a batch that %s', async (_, line, finished, key) => {
    await using core = await createChat();
    await core.chat.call(ann, line);
    if (finished) await core.queue.run(core.deps);
    expect(keysOf(await say(core, ann, `/share ${await newest(core)}`))).toEqual([key]);
  });
});
