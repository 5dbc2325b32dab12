import { afterAll, describe, expect, it } from 'vitest';
import { isCard, makeBatch, patiently, picturesOf, type Service, say, startService } from '#tests/app/service.ts';

describe.each(['direct', 'webhook'] as const)('Discord, Slack and Telegram, %s', (way) => {
  let service: Service | undefined;
  const start = async () => {
    service ??= await startService(way);
    return service;
  };
  afterAll(async () => service?.[Symbol.asyncDispose]());

  it('carry 1, 4 and 23 pictures from the command to the gallery where it was asked for, in two languages', {
    timeout: 200_000,
  }, async () => {
    const { chats } = await start();
    await Promise.all(
      chats.flatMap((chat) =>
        (['en', 'zh-TW'] as const).map(async (locale) => {
          const person = chat.addPerson(locale === 'en' ? 'Ada' : 'Bo', locale);
          const room = chat.addRoom(`studio-${locale.toLowerCase()}`);
          const other = chat.addRoom(`elsewhere-${locale.toLowerCase()}`);
          for (const count of [1, 4]) {
            const shown = await makeBatch(chat, person, room, count);
            expect(
              shown.filter(({ text }) => isCard(text)),
              `${chat.id}: one card`,
            ).toHaveLength(1);
            // A second card so soon is posted in its turn, and may be finished by then.
            if (count === 1) {
              expect(Math.max(...shown.map(({ edits }) => edits)), `${chat.id}: edited in place`).toBeGreaterThan(0);
            }
          }
          // Telegram lets 20 messages a minute into a group; alone with the bot a long gallery takes half a minute.
          const long = chat.id === 'telegram' ? chat.alone(person) : room;
          const shown = await makeBatch(chat, person, long, 23);
          const galleries = picturesOf(shown);
          expect(Math.max(...galleries.map(({ images }) => images.length))).toBeLessThanOrEqual(10);
          if (chat.id !== 'telegram')
            expect(
              galleries.every(({ under }) => under !== undefined),
              `${chat.id}: in a thread`,
            ).toBe(true);
          expect(person.seen(other).filter(({ isPrivate }) => !isPrivate)).toEqual([]);
        }),
      ),
    );
    for (const chat of chats) expect([chat.id, chat.violations(), chat.floods()]).toEqual([chat.id, [], 0]);
  });

  it('answer privately, and stop a batch by its button, in the language of the one who asks', {
    timeout: 200_000,
  }, async () => {
    const { chats, app } = await start();
    await Promise.all(
      chats.map(async (chat) => {
        const person = chat.addPerson('Cy', 'zh-TW');
        const witness = chat.addPerson('Di', 'en');
        const room = chat.addRoom('cancelling');
        await witness.type(room, '/help');
        await person.type(room, '/quota');
        const title = say(person, 'commands.quota.title', { left: 200, limit: 200 });
        await expect
          .poll(() => person.seen(room).some(({ text, isPrivate }) => isPrivate && text.includes(title)), patiently)
          .toBe(true);
        expect(witness.seen(room).some(({ text }) => text.includes(title))).toBe(false);

        await person.type(room, '/imagine a slow river --n 50');
        const findCard = () =>
          person.seen(room).find(({ actions }) => actions.some(({ id }) => id.startsWith('cancel ')));
        await expect.poll(findCard, patiently).toBeDefined();
        const card = findCard();
        const action = card?.actions[0];
        expect(action?.label).toBe(say(person, 'action.cancel'));
        if (card && action) await person.press(room, card, action.id);
        const [id = ''] = /[0-9a-z]{6}$/.exec(action?.id ?? '') ?? [];
        await expect
          .poll(
            async () => (await app.sql`select cancelled_at is not null as cancelled from batches where id = ${id}`)[0],
            patiently,
          )
          .toEqual({ cancelled: true });
        await expect
          .poll(
            () => person.seen(room).some(({ text, actions }) => text.includes(id) && actions.length === 0),
            patiently,
          )
          .toBe(true);
      }),
    );
    for (const chat of chats) expect([chat.id, chat.violations()]).toEqual([chat.id, []]);
  });

  it('make one batch of what is delivered again and again', { timeout: 200_000 }, async () => {
    const { chats, app } = await start();
    for (const chat of chats) {
      const person = chat.addPerson('Eve', 'en');
      const room = chat.addRoom('again');
      const words = `only one of ${chat.id}`;
      await (person.address?.(room, words) ?? person.type(room, `/imagine ${words}`));
      const count = async () => (await app.sql`select 1 from batches where prompt = ${words}`).length;
      await expect.poll(count, patiently).toBe(1);
      await chat.redeliver();
      await chat.redeliver();
      await person.type(room, '/quota');
      const spent = say(person, 'commands.quota.title', { left: 199, limit: 200 });
      await expect.poll(() => person.seen(room).some(({ text }) => text.includes(spent)), patiently).toBe(true);
      const cards = person.seen(room).filter(({ text }) => text.includes(`only one of ${chat.id}`) && isCard(text));
      expect(cards, chat.id).toHaveLength(1);
      expect(await count(), chat.id).toBe(1);
    }
  });
});
