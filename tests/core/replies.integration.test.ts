import { describe, expect, it } from 'vitest';
import type { CommandCall, Reply, Sender } from '#core/ports/chat.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import { ann, createChat, deliverAll } from '#tests/core/postings/chat.ts';
import { keysOf, request, say, sender, type TestCore } from '#tests/factories.ts';
import { createFakeProvider, fakeModel } from '#tests/fakes/provider.ts';
import { fourColors } from '#tests/media/pictures.ts';

const ben = sender('ben');

function messageOf(reply: Reply): OutgoingMessage {
  if (reply.kind !== 'message') throw new Error('no answer');
  return reply.message;
}

type Chat = Awaited<ReturnType<typeof createChat>>;

async function finished(core: Chat, line: string): Promise<{ batch: string; card: string; galleries: string[] }> {
  const before = core.chat.messages().length;
  const batch = await request(core, ann, line);
  await core.queue.run(core.deps);
  await deliverAll(core);
  const [card, ...galleries] = core.chat
    .messages()
    .slice(before)
    .map(({ ref }) => ref.message);
  return { batch, card: card ?? '', galleries };
}

const channel = 'home/general';

/** Answers a message, in bare words unless it is a command. */
function answer(
  core: Pick<TestCore, 'deps'>,
  message: string,
  text: string,
  options: Partial<CommandCall> & { who?: Sender } = {},
) {
  const { who = ann, ...more } = options;
  const bare = text.startsWith('/') ? {} : { bare: true };
  return say(core, who, text, { ...bare, repliesTo: { channel, message }, ...more });
}

const inputsOf = async ({ sql }: Pick<TestCore, 'sql'>) => {
  const [row] = await sql`select prompt, inputs from batches order by created_at desc limit 1`;
  return [row?.prompt, row?.inputs.map(({ blob }: { blob: string }) => blob)];
};

const originalOf = async ({ sql }: Pick<TestCore, 'sql'>, batch: string, number: number) =>
  (await sql`select original from images where batch_id = ${batch} and number = ${number}`)[0]?.original;

describe('numbers below a message of a batch', () => {
  it.each(['2,5,7', '2，5、7', ' 2 5 7 ', '２,5-5,7'])('are its pictures: %s', async (text) => {
    await using core = await createChat();
    const { batch, card, galleries } = await finished(core, 'a fox --n 8');
    for (const message of [card, ...galleries]) {
      expect(messageOf(await answer(core, message, text)).title).toEqual({
        key: 'commands.picture.title',
        values: { count: 3, numbers: { list: [2, 5, 7] }, batch },
      });
    }
  });

  it('are the batch’s own, below any page of it, and refused where it has none such', async () => {
    await using core = await createChat();
    const { batch, galleries } = await finished(core, 'a fox --n 12 --draft off');
    const [, second = ''] = galleries;
    expect(messageOf(await answer(core, second, '2')).title).toMatchObject({
      values: { numbers: { list: [2] }, batch },
    });
    expect(keysOf(await answer(core, second, '13'))).toEqual(['errors.batch.noSuchPicture']);
  });

  it('are of nobody else’s batch', async () => {
    await using core = await createChat();
    const { card } = await finished(core, 'a fox --n 2');
    expect(keysOf(await answer(core, card, '2', { who: ben }))).toEqual(['errors.batch.unknown']);
    const elsewhere = sender('ann', { workspace: 'other' });
    expect(messageOf(await answer(core, card, '2', { who: elsewhere })).lines[0]).toEqual({ verbatim: '2' });
  });
});

describe('a command below a message of a batch', () => {
  it.each([
    ['/retry 2', 'errors.batch.pictureCame'],
    ['/retry', 'errors.batch.allCame'],
    ['/cancel', 'errors.batch.finished'],
    ['/show', 'commands.show.done'],
    ['show --as files', 'commands.show.done'],
    ['zip', 'commands.zip.ready'],
    ['/vary', 'errors.batch.whichPicture'],
  ])('is about it where it names none: %s', async (text, key) => {
    await using core = await createChat();
    const { card } = await finished(core, 'a fox --n 3');
    expect(keysOf(await answer(core, card, text))[0]).toBe(key);
  });

  it('makes it again, as it is typed', async () => {
    await using core = await createChat();
    const { batch, card, galleries } = await finished(core, 'a fox --n 3 --seed 7');
    const origin = (list: (number | string)[]) => ({ key: 'card.origin', values: { batch, numbers: { list } } });
    for (const [message, text, numbers] of [
      [card, '/rerun 2,3 --seed same', [2, 3]],
      [galleries[0] ?? '', 'rerun --seed same', ['1–3']],
      [card, 'vary 2', [2]],
    ] as const) {
      expect(messageOf(await answer(core, message, text)).lines).toContainEqual(origin([...numbers]));
    }
  });

  it('that names another is about that one', async () => {
    await using core = await createChat();
    const one = await finished(core, 'a fox --n 2');
    const other = await finished(core, 'a cat --n 2');
    const fields = async (text: string) => messageOf(await answer(core, one.card, text)).fields[0]?.value;
    expect(await fields(`/status ${other.batch}`)).toEqual({ verbatim: other.batch });
    expect(await fields('/status')).toEqual({ verbatim: one.batch });
    expect(await fields('status')).toEqual({ verbatim: one.batch });
  });

  it('is about the picture that is shown alone, where it needs one', async () => {
    await using core = await createChat();
    const { batch, galleries } = await finished(core, 'a fox');
    expect(messageOf(await answer(core, galleries[0] ?? '', 'vary')).lines).toContainEqual({
      key: 'card.origin',
      values: { batch, numbers: { list: [1] } },
    });
  });
});

describe('words below a message', () => {
  it('that has been shown and is not written down yet are known by its files, as its person’s and nobody else’s', async () => {
    await using core = await createChat();
    const { batch, galleries } = await finished(core, 'a fox --n 2');
    const handle = JSON.stringify({ files: [{ id: 'F1' }, { id: 'F22' }] });
    await core.sql`update postings set ref = null, shown = 0, handle = ${handle} where kind = 'gallery'`;
    const origin = { key: 'card.origin', values: { batch, numbers: { list: [2] } } };
    const startingFrom = async (fileIds: string[], options: { who?: Sender } = {}) => {
      const repliesTo = { channel, message: galleries[0] ?? '', fileIds };
      const file = { name: `${batch}-2.png`, type: '', bytes: 0, locator: fileIds[0] ?? '', answered: true as const };
      return answer(core, '', '/imagine at night', { repliesTo, files: [file], ...options });
    };
    expect(messageOf(await startingFrom(['F22'])).lines).toContainEqual(origin);
    expect(await inputsOf(core)).toEqual(['at night', [await originalOf(core, batch, 2)]]);
    expect(keysOf(await startingFrom(['F22'], { who: ben }))).toEqual(['errors.batch.unknown']);
    // Any file is fetched from the platform, which has none here.
    const unknown = ['errors.attachment.unreachable'];
    expect(keysOf(await startingFrom(['F22'], { who: sender('ann', { workspace: 'other' }) }))).toEqual(unknown);
    expect(keysOf(await startingFrom(['F2']))).toEqual(unknown);
  });

  it('start from the picture that it shows alone, original as it is stored', async () => {
    await using core = await createChat();
    const { batch, galleries } = await finished(core, 'a fox');
    for (const text of ['the same at night', '/imagine the same at night']) {
      expect(messageOf(await answer(core, galleries[0] ?? '', text)).progress).toEqual({ done: 0, total: 1 });
      expect(await inputsOf(core)).toEqual(['the same at night', [await originalOf(core, batch, 1)]]);
    }
  });

  it('are refused where that picture was deleted', async () => {
    await using core = await createChat();
    const { batch, galleries } = await finished(core, 'a fox');
    await say(core, ann, `/delete ${batch} 1 --sure`);
    expect(keysOf(await answer(core, galleries[0] ?? '', 'at night'))).toEqual(['errors.batch.pictureDeleted']);
    expect((await core.sql`select 1 from batches`).length).toBe(1);
  });

  it('start from the one that is answered where each is a message of its own', async () => {
    await using core = await createChat();
    const { batch } = await finished(core, 'a fox --n 3');
    await core.sql`update postings set ref = ref || '{"message": "photo:71,72,73", "messages": ["71", "72", "73"]}'
      where kind = 'gallery'`;
    await answer(core, '72', 'at night');
    expect(await inputsOf(core)).toEqual(['at night', [await originalOf(core, batch, 2)]]);
    expect(messageOf(await answer(core, '73', 'vary')).lines).toContainEqual({
      key: 'card.origin',
      values: { batch, numbers: { list: [3] } },
    });
  });

  it.each(['2 foxes at night', 'show me a fox', 'status of a kingdom'])(
    'are a prompt below several: %s',
    async (text) => {
      await using core = await createChat();
      const { card, galleries } = await finished(core, 'a fox --n 3');
      for (const message of [card, galleries[0] ?? '']) {
        await answer(core, message, text);
        expect(await inputsOf(core)).toEqual([text, []]);
      }
    },
  );

  it('start from what a person posted, and from no file where the command takes none', async () => {
    await using core = await createChat();
    const bytes = await fourColors(8, 8).png().toBuffer();
    const picture = { name: 'a.png', type: 'image/png', bytes: bytes.length, locator: 'theirs' };
    core.chat.store.files.set('theirs', bytes);
    const repliesTo = { channel, message: 'somebody’s', pictures: [picture] };
    expect(messageOf(await answer(core, '', 'at night', { repliesTo })).progress).toBeDefined();
    expect((await inputsOf(core))[1]).toHaveLength(1);
    expect(messageOf(await answer(core, '', '/quota', { repliesTo })).tone).toBe('info');
  });

  it('are refused where the model takes no picture', async () => {
    const provider = createFakeProvider({ models: [{ ...fakeModel, referencesMax: 0 }] });
    await using core = await createChat({ providers: [provider] });
    const { galleries } = await finished(core, 'a fox');
    expect(keysOf(await answer(core, galleries[0] ?? '', 'at night'))).toEqual(['errors.model.noReference']);
  });

  it('start from nobody else’s picture', async () => {
    await using core = await createChat();
    const { galleries } = await finished(core, 'a fox');
    expect(keysOf(await answer(core, galleries[0] ?? '', 'at night', { who: ben }))).toEqual(['errors.batch.unknown']);
  });
});

describe('pictures that were picked of a message', () => {
  const picked = (name: string, locator = name) => ({ name, type: '', bytes: 0, locator, answered: true }) as const;
  const pick = (core: Chat, message: string, names: string[], more: Partial<CommandCall> & { who?: Sender } = {}) =>
    answer(core, message, '/imagine at night', { files: names.map((name) => picked(name)), ...more });

  it('are what is started from, as they are stored, whatever type the app has brought them to', async () => {
    await using core = await createChat();
    const { batch, galleries } = await finished(core, 'a fox --n 4');
    const names = [`${batch}-3.jpg`, `${batch}-1.png`];
    expect(messageOf(await pick(core, galleries[0] ?? '', names)).progress).toEqual({ done: 0, total: 1 });
    const blobs = [await originalOf(core, batch, 1), await originalOf(core, batch, 3)];
    expect(await inputsOf(core)).toEqual(['at night', blobs]);
  });

  it('are what it comes from where it is one, also when that is answered', async () => {
    await using core = await createChat();
    const { batch, galleries } = await finished(core, 'a fox --n 2');
    const one = await finished(core, 'a fox');
    const from = async (reply: Promise<Reply>) => messageOf(await reply).lines[1];
    const origin = (of: string, number: number) => ({
      key: 'card.origin',
      values: { batch: of, numbers: { list: [number] } },
    });
    expect(await from(pick(core, galleries[0] ?? '', [`${batch}-2.png`]))).toEqual(origin(batch, 2));
    expect(await from(answer(core, one.galleries[0] ?? '', 'at night'))).toEqual(origin(one.batch, 1));
    expect(await from(pick(core, one.galleries[0] ?? '', [`${one.batch}-1.png`]))).toEqual(origin(one.batch, 1));
    expect((await inputsOf(core))[1]).toEqual([await originalOf(core, one.batch, 1)]);
  });

  it('are opened where they are none of a batch', async () => {
    await using core = await createChat();
    const { batch, galleries } = await finished(core, 'a fox --n 2');
    const bytes = await fourColors(8, 8).png().toBuffer();
    for (const name of ['theirs.png', `${batch}-sheet-1.jpg`, `${batch}-9.png`]) {
      core.chat.store.files.set(name, bytes);
      for (const message of ['theirs', galleries[0] ?? '']) {
        expect(messageOf(await pick(core, message, [name])).progress).toBeDefined();
        expect((await inputsOf(core))[1]).toHaveLength(1);
      }
    }
  });

  it('are refused where they are too many, deleted, somebody else’s, or not given out', async () => {
    await using core = await createChat();
    const { batch, galleries } = await finished(core, 'a fox --n 6');
    const [gallery = ''] = galleries;
    const names = [1, 2, 3, 4, 5].map((number) => `${batch}-${number}.png`);
    const [first = ''] = names;
    expect(keysOf(await pick(core, gallery, names))).toEqual(['errors.attachment.tooMany']);
    expect(keysOf(await pick(core, gallery, [first], { who: ben }))).toEqual(['errors.batch.unknown']);
    expect(keysOf(await pick(core, 'theirs', ['gone.png']))).toEqual(['errors.attachment.unreachable']);
    await say(core, ann, `/delete ${batch} 1 --sure`);
    expect(keysOf(await pick(core, gallery, [first]))).toEqual(['errors.batch.pictureDeleted']);
  });
});

describe('what is overheard', () => {
  it.each([
    ['nice!', false],
    ['2 foxes', false],
    ['/imagine a fox', false],
    ['help', false],
    ['2', true],
    ['rerun 2', true],
    ['/show', true],
  ])('is answered where it can mean nothing else: %s', async (text, answered) => {
    await using core = await createChat();
    const { card } = await finished(core, 'a fox --n 2');
    const reply = await answer(core, card, text, { overheard: true });
    expect(reply.kind).toBe(answered ? 'message' : 'none');
    expect((await answer(core, 'unknown', text, { overheard: true })).kind).toBe('none');
  });
});

describe('a thread', () => {
  it('means the batch that it began with, else the newest in it', async () => {
    await using core = await createChat();
    const { batch, card } = await finished(core, 'a fox --n 2');
    const later = await finished(core, 'a cat --n 2');
    const thread = 'ann';
    const titleOf = async (message: string) => {
      const reply = await answer(core, message, '2', { repliesTo: { channel, message, thread } });
      return messageOf(reply).title;
    };
    expect(await titleOf(card)).toMatchObject({ values: { batch } });
    expect(await titleOf('ann')).toMatchObject({ values: { batch: later.batch } });
  });
});
