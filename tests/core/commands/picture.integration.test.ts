import { describe, expect, it } from 'vitest';
import type { Reply } from '#core/ports/chat.ts';
import { ProviderError } from '#core/ports/images.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import { readCommand } from '#core/read-typed.ts';
import { ann, createChat, deliverAll } from '#tests/core/postings/chat.ts';
import { createTestCore, keysOf, request, say, sender, type TestCore } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

const olga = sender('olga', { role: 'owner' });
const ben = sender('ben');

function messageOf(reply: Reply): OutgoingMessage {
  if (reply.kind !== 'message') throw new Error('no answer');
  return reply.message;
}

const actionsOf = (reply: Reply) => messageOf(reply).actions.map(({ id }) => id);

async function finished(core: TestCore, line: string, who = ann): Promise<string> {
  const batch = await request(core, who, line);
  await core.queue.run(core.deps);
  return batch;
}

async function again(core: TestCore, line: string, who = ann): Promise<string> {
  const value = messageOf(await say(core, who, line)).fields[0]?.value;
  await core.queue.run(core.deps);
  return value && 'verbatim' in value ? value.verbatim : '';
}

describe('/picture', () => {
  it('shows one picture with what decided it, and what can be done with it, to the person alone', async () => {
    await using core = await createTestCore();
    const batch = await finished(core, 'a red fox --seed 7 --n 3');
    const reply = await say(core, ann, `/picture ${batch} 2`);
    const [row] =
      await core.sql`select original, width, height, model from images where batch_id = ${batch} and number = 2`;
    const value = (text: string | undefined) => ({ key: 'list', values: { items: { list: [text] } } });
    expect(messageOf(reply)).toMatchObject({
      audience: 'private',
      title: { key: 'commands.picture.title', values: { count: 1, numbers: { list: [2] }, batch } },
      lines: [{ verbatim: 'a red fox' }],
      images: [{ blob: row?.original, alt: { values: { number: 2 } } }],
      fields: [
        { value: value('8') },
        { value: value(row?.model) },
        { value: value(`${row?.width}×${row?.height}`) },
        { value: { key: 'card.credits.spent', values: { spent: 1 } } },
      ],
    });
    expect(actionsOf(reply)).toEqual([
      `vary ${batch} 2`,
      `rerun ${batch} 2 --seed same`,
      `rerun ${batch} 2`,
      `picture ${batch} 2 --edit prompt`,
      `show ${batch} 2 --as files`,
      `delete ${batch} 2`,
    ]);
  });

  it('shows several as thumbnails, and offers what can be done with several at once', async () => {
    await using core = await createTestCore();
    const batch = await finished(core, 'a fox --n 3\na cat --n 2');
    const same = await say(core, ann, `/picture ${batch} 1-3`);
    expect(messageOf(same)).toMatchObject({ lines: [{ verbatim: 'a fox' }], images: [{}, {}, {}] });
    const thumbnails =
      await core.sql`select thumbnail from images where batch_id = ${batch} and number < 4 order by number`;
    expect(messageOf(same).images.map(({ blob }) => blob)).toEqual(thumbnails.map(({ thumbnail }) => thumbnail));
    expect(actionsOf(same)).toEqual([
      `rerun ${batch} 1-3 --seed same`,
      `rerun ${batch} 1-3`,
      `picture ${batch} 1-3 --edit prompt`,
      `show ${batch} 1-3 --as files`,
      `delete ${batch} 1-3`,
    ]);
    const mixed = await say(core, ann, `/picture ${batch} 2,5`);
    expect(messageOf(mixed).lines).toMatchObject([
      { key: 'commands.picture.entry', values: { position: 2, prompt: 'a fox' } },
      { key: 'commands.picture.entry', values: { position: 5, prompt: 'a cat' } },
    ]);
    expect(actionsOf(mixed)).not.toContain(`picture ${batch} 2,5 --edit prompt`);
  });

  it('tells what a picture was made from, and what came of it as far as one may see it', async () => {
    await using core = await createTestCore();
    const batch = await finished(core, 'a fox --n 3');
    const varied = await again(core, `/vary ${batch} 2 --n 2`);
    const admins = await again(core, `/rerun ${batch} 2`, olga);
    const linesFor = async (who: typeof ann, line: string) =>
      messageOf(await say(core, who, line)).lines.flatMap((text) => ('key' in text ? [text] : []));
    const madeFrom = (from: string, list: (number | string)[]) => ({
      key: 'commands.picture.madeFrom',
      values: { count: 1, batch: from, numbers: { list } },
    });
    expect(await linesFor(ann, `/picture ${batch} 2`)).toEqual([madeFrom(varied, [1, 2])]);
    expect(await linesFor(olga, `/picture ${batch} 2`)).toEqual([madeFrom(admins, [1]), madeFrom(varied, [1, 2])]);
    expect(await linesFor(ann, `/picture ${batch} 1`)).toEqual([]);
    expect(await linesFor(ann, `/picture ${varied} 1`)).toMatchObject([
      { key: 'card.origin', values: { batch, numbers: { list: [2] } } },
    ]);
  });

  it('offers for one that did not come to ask again, and nothing that needs a picture', async () => {
    const provider = createFakeProvider();
    provider.failNext(new ProviderError('content_blocked', 'no', { retryable: false }), {
      prompt: (text) => text === 'bad',
    });
    await using core = await createTestCore({ providers: [provider] });
    const batch = await finished(core, 'a fox\nbad');
    const reply = await say(core, ann, `/picture ${batch} 2`);
    expect(messageOf(reply)).toMatchObject({ images: [], lines: [{ verbatim: 'bad' }, { key: 'card.failure' }] });
    expect(actionsOf(reply)).toEqual([`retry ${batch} 2`, `rerun ${batch} 2`, `picture ${batch} 2 --edit prompt`]);
    expect(actionsOf(await say(core, ann, `/picture ${batch} 1,2`))[0]).toBe(`retry ${batch} 2`);
  });

  it('leaves out a button whose command is longer than a button holds', async () => {
    await using core = await createTestCore();
    const batch = await finished(core, 'a fox --n 40 --draft off');
    const numbers = Array.from({ length: 20 }, (_, index) => 2 * index + 1).join(',');
    const reply = await say(core, ann, `/picture ${batch} ${numbers}`);
    expect(messageOf(reply).images).toEqual([]);
    expect(actionsOf(reply)).toEqual([]);
    const few = await say(core, ann, `/picture ${batch} 1,3,5,7,9,11,13,15,17,19,21`);
    expect(actionsOf(few).length).toBeGreaterThan(0);
    for (const id of actionsOf(few)) expect(Buffer.byteLength(id)).toBeLessThanOrEqual(64);
  });

  it('is shown in the channel where an answer for one person would go to another place', async () => {
    await using core = await createChat();
    const batch = await finished(core, 'a fox');
    const answersElsewhere = true;
    const reply = await core.chat.call({ ...ann, answersElsewhere } as typeof ann, `/picture ${batch} 1`);
    expect(messageOf(reply).audience).toBe('channel');
  });

  it('of a private batch is for its person alone there, too', async () => {
    await using core = await createChat();
    const batch = await finished(core, 'a fox');
    await core.sql`update batches set private = true`;
    const answersElsewhere = true;
    for (const line of [`/picture ${batch} 1`, `/picture ${batch} 1 --edit prompt`]) {
      const reply = await core.chat.call({ ...ann, answersElsewhere } as typeof ann, line);
      expect(messageOf(reply).audience).toBe('private');
    }
  });

  it('enlarges and deletes what is there, and of what was deleted says so', async () => {
    const upscales = { factors: [2], sideMax: 4096, pixelsMax: 16_000_000, resamples: false, only: false };
    await using core = await createChat({ providers: [createFakeProvider({ models: [{ upscales }] })] });
    const batch = await finished(core, 'a fox --n 2');
    const offered = ['upscale', 'delete', 'show'].map((command) => expect.stringContaining(`${command} ${batch} 2`));
    expect(actionsOf(await say(core, ann, `/picture ${batch} 2`))).toEqual(expect.arrayContaining(offered));
    await say(core, ann, `/delete ${batch} 2 --sure`);
    const reply = await say(core, ann, `/picture ${batch} 1-2`);
    expect(keysOf(reply)).toContain('card.deleted');
    expect(messageOf(reply).images.map(({ number }) => number)).toEqual([1]);
    expect(actionsOf(reply).every((id) => id.startsWith('rerun ') || id.startsWith('picture '))).toBe(true);
  });

  it('has buttons that work in a later process, for whoever may do it when they are pressed', async () => {
    await using core = await createChat();
    const batch = await finished(core, 'a fox --n 2');
    const actions = actionsOf(await say(core, ann, `/picture ${batch} 2`));
    const deps = await core.otherProcess();
    for (const id of actions) {
      expect(keysOf(await say({ deps }, ben, id))).toEqual(['errors.batch.unknown']);
      expect(keysOf(await say({ deps }, ann, id)).filter((key) => key.startsWith('errors.'))).toEqual([]);
    }
  });

  it.each([
    ['no numbers', 'errors.batch.whichPictures', (batch: string) => `/picture ${batch}`],
    ['a number that is not there', 'errors.batch.noSuchPicture', (batch: string) => `/picture ${batch} 9`],
    ['no batch', 'errors.batch.unnamed', () => '/picture'],
    ['a batch of nobody', 'errors.batch.unknown', () => '/picture zzzzzz 1'],
  ])('refuses %s with a sentence', async (_, key, line) => {
    await using core = await createTestCore();
    const batch = await finished(core, 'a fox --n 2');
    expect(keysOf(await say(core, ann, line(batch)))).toEqual([key]);
  });
});

describe('a prompt to be edited', () => {
  it('is a form that begins with the old words, and the same line to be copied', async () => {
    await using core = await createTestCore();
    const batch = await finished(core, 'a sign that says "OPEN"');
    const { form, lines } = messageOf(await say(core, ann, `picture ${batch} 1 --edit prompt`));
    expect(form).toMatchObject({ value: 'a sign that says "OPEN"', command: `rerun ${batch} 1 --prompt` });
    const [, line] = lines;
    if (!line || !('verbatim' in line)) throw new Error('there is no line');
    expect(readCommand(line.verbatim).command.name).toBe('rerun');
    const edited = await again(core, line.verbatim.replace('OPEN', 'CLOSED'));
    const [row] = await core.sql`select prompt from images where batch_id = ${edited}`;
    expect(row?.prompt).toBe('a sign that says "CLOSED"');
  });
});

describe('/show with numbers', () => {
  it('posts those pictures alone, as pictures or as files', async () => {
    await using core = await createChat();
    const batch = await finished(core, 'a fox --n 12 --draft off');
    await deliverAll(core);
    const before = core.chat.messages().length;
    await say(core, ann, `/show ${batch} 2,5`);
    await say(core, ann, `show ${batch} 12 --as files`);
    await deliverAll(core);
    const shown = core.chat.messages().slice(before);
    expect(shown.map(({ part }) => [part.imagesAs, part.images.map(({ name }) => name)])).toEqual([
      ['pictures', [`${batch}-2.png`, `${batch}-5.png`]],
      ['files', [`${batch}-12.png`]],
    ]);
    expect(shown[0]?.part.title).toMatchObject({ values: { count: 2 } });
    expect(keysOf(await say(core, ann, `/show ${batch} 13`))).toEqual(['errors.batch.noSuchPicture']);
  });
});
