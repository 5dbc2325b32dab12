import { describe, expect, it } from 'vitest';
import { ann, createChat, deliverAll } from '#tests/core/postings/chat.ts';
import { keysOf, request, say, sender } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

describe('/show', () => {
  it('posts the pictures of a finished batch where it is asked for, each time once', async () => {
    await using core = await createChat();
    const batch = await request(core, ann, 'a fox --n 12');
    await core.queue.run(core.deps);
    await deliverAll(core);
    const before = core.chat.messages().length;
    const elsewhere = sender('ann', { channel: 'studio' });
    for (let time = 0; time < 2; time += 1) {
      expect(keysOf(await say(core, elsewhere, `/show ${batch}`))).toEqual(['commands.show.done']);
      await deliverAll(core);
    }
    const shown = core.chat.messages().slice(before);
    expect(shown.map(({ part, conversation }) => [conversation.channel, part.images.length])).toEqual([
      ['home/studio', 10],
      ['home/studio', 2],
      ['home/studio', 10],
      ['home/studio', 2],
    ]);
  });

  it('posts files on request, in one series after the other', async () => {
    await using core = await createChat();
    const batch = await request(core, ann, 'a fox --n 2');
    await core.queue.run(core.deps);
    await deliverAll(core);
    await say(core, ann, `show ${batch} --as files`);
    await deliverAll(core);
    expect(core.chat.messages().at(-1)?.part).toMatchObject({ imagesAs: 'files', images: [{}, {}] });
  });

  it.each([
    ['a batch that is still being made', 'errors.batch.running', (batch: string) => `/show ${batch}`],
    ['no batch', 'errors.batch.unnamed', () => '/show'],
    ['a batch of nobody', 'errors.batch.unknown', () => '/show zzzzzz'],
  ])('refuses %s with a sentence, and posts nothing', async (_, key, line) => {
    await using core = await createChat();
    const batch = await request(core, ann, 'a fox');
    await deliverAll(core);
    const before = core.chat.messages().length;
    expect(keysOf(await say(core, ann, line(batch)))).toEqual([key]);
    await deliverAll(core);
    expect(core.chat.messages()).toHaveLength(before);
  });

  it('refuses a batch of which no picture could be made', async () => {
    await using core = await createChat({ providers: [createFakeProvider()] });
    const batch = await request(core, ann, 'a fox');
    await say(core, ann, `/cancel ${batch}`);
    await core.queue.run(core.deps);
    await deliverAll(core);
    expect(keysOf(await say(core, ann, `/show ${batch}`))).toEqual(['errors.batch.noPictures']);
  });

  it('is offered by /status once there is something to show', async () => {
    await using core = await createChat();
    const batch = await request(core, ann, 'a fox --n 2');
    const actions = async () => {
      const reply = await say(core, ann, `/status ${batch}`);
      return reply.kind === 'message' ? reply.message.actions.map(({ id }) => id) : [];
    };
    expect(await actions()).toEqual([`cancel ${batch}`]);
    await core.queue.run(core.deps);
    expect(await actions()).toEqual([`show ${batch}`, `zip ${batch}`, `rerun ${batch}`]);
  });
});

describe('a gallery', () => {
  it('belongs to its card, and gets a thread of its own when it is long', async () => {
    await using core = await createChat();
    for (const count of [4, 11]) {
      await core.chat.call(ann, `/imagine a fox --n ${count} --draft off`);
      await core.queue.run(core.deps);
      await deliverAll(core);
    }
    const galleries = core.chat.sends.filter(
      ({ part }) => part.title && 'key' in part.title && part.title.key === 'gallery.title',
    );
    expect(galleries.map(({ attempt }) => attempt.under?.thread)).toEqual([false, true, true]);
    const cards = core.chat.messages().filter(({ part }) => part.progress);
    expect(galleries.map(({ attempt }) => attempt.under?.card.message)).toEqual([
      cards[0]?.ref.message,
      cards[1]?.ref.message,
      cards[1]?.ref.message,
    ]);
  });

  it('offers each picture to be worked with, with its page; one alone by a button', async () => {
    await using core = await createChat();
    const one = await request(core, ann, 'a fox');
    const many = await request(core, ann, 'a cat --n 11 --draft off');
    await core.queue.run(core.deps);
    await deliverAll(core);
    const galleries = core.chat.messages().filter(({ part }) => part.progress === undefined);
    const offered = galleries.map(({ part }) => [
      part.actions.map(({ id }) => id),
      part.choices?.options.map(({ id, label }) => [id, label]),
    ]);
    const choice = (position: number) => [
      `picture ${many} ${position}`,
      { key: 'gallery.choice', values: { position, prompt: 'a cat' } },
    ];
    expect(offered).toEqual([
      [[`picture ${one} 1`], undefined],
      [[], Array.from({ length: 10 }, (_, index) => choice(index + 1))],
      [[], [choice(11)]],
    ]);
    await say(core, ann, `show ${many} --as files`);
    await deliverAll(core);
    expect(core.chat.messages().at(-1)?.part.choices).toBeUndefined();
  });

  it('begins with the contact sheet where the card shows no pictures and one page is not enough', async () => {
    await using core = await createChat();
    const who = sender('ann', { limits: { liveImageEditMinMs: null, imagesPerMessage: 3, keepsOriginals: false } });
    const small = await request(core, who, 'a fox --n 3');
    const large = await request(core, who, 'a fox --n 4');
    await core.queue.run(core.deps);
    await deliverAll(core);
    const names = core.chat
      .messages()
      .flatMap(({ part }) => (part.progress ? [] : [part.images.map(({ name }) => name)]));
    expect(names[0]).toEqual([1, 2, 3].map((number) => `${small}-${number}.png`));
    expect(names.slice(1).flat()).toEqual([
      `${large}-sheet-1.jpg`,
      ...[1, 2, 3, 4].map((number) => `${large}-${number}.png`),
    ]);
    const galleries = core.chat.messages().filter(({ part }) => !part.progress);
    const actions = galleries.flatMap(({ part }) => part.actions.map(({ id }) => id));
    expect(actions).toEqual([`show ${small} --as files`, `show ${large} --as files`]);
  });
});
