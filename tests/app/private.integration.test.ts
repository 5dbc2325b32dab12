import { afterAll, describe, expect, it } from 'vitest';
import type { Chat, Chatter, Room, Shown } from '#tests/app/chats.ts';
import { makeBatch, patiently, picturesOf, type Service, say, startService } from '#tests/app/service.ts';

describe('on Discord, Slack and Telegram', () => {
  let service: Service | undefined;
  const start = async () => {
    service ??= await startService('direct');
    return service;
  };
  afterAll(async () => service?.[Symbol.asyncDispose]());

  it("a private batch is in its person's direct messages alone, until they share it from there", {
    timeout: 200_000,
  }, async () => {
    const { chats } = await start();
    await Promise.all(
      chats.map(async (chat) => {
        const { person, witness, room } = await enter(chat, 'Gwen');
        await person.type(room, '/imagine a secret fox --n 2 --private on');
        const isShareable = ({ actions }: Shown) => actions.some((action) => action.id.startsWith('share '));
        const card = await findShown(chat, person, isShareable);
        expect(card.text).toContain(say(person, 'card.done', { count: 2 }));
        await expect.poll(() => countPictures(chat, person), { ...patiently, message: chat.id }).toBe(2);
        expect(publicIn(witness, room), chat.id).toEqual([]);
        expect(publicIn(person, room), chat.id).toEqual([]);

        const id = / (\w{6})$/.exec(card.actions.find((action) => action.id.startsWith('share '))?.id ?? '')?.[1] ?? '';
        await witness.type(chat.alone(witness), `/show ${id}`);
        // Up to where Slack has another name for a command.
        const [unknown = ''] = say(witness, 'errors.batch.unknown', { batch: id }).split('/');
        await findShown(chat, witness, ({ text }) => text.includes(unknown));

        await person.press(room, card, `share ${id}`);
        const shared = () => picturesOf(publicIn(witness, room));
        await expect
          .poll(() => shared().reduce((sum, { images }) => sum + images.length, 0), { ...patiently, message: chat.id })
          .toBe(2);
        expect(
          shared()
            .map(({ text }) => text)
            .join(),
          chat.id,
        ).toContain('Gwen');
      }),
    );
    for (const chat of chats) expect([chat.id, chat.violations()]).toEqual([chat.id, []]);
  });

  it('the buttons of a private draft and card work where they are shown', { timeout: 200_000 }, async () => {
    const { app, chats } = await start();
    await Promise.all(
      chats.map(async (chat) => {
        const { person, witness, room } = await enter(chat, 'Hal');
        await person.type(room, '/imagine a secret river --n 50 --private on');
        const isDraft = ({ actions }: Shown) => actions.some(({ id }) => id.endsWith(' run'));
        await expect.poll(() => person.seen(room).find(isDraft)?.isPrivate, patiently).toBe(true);
        const draft = person.seen(room).find(isDraft);
        const run = draft?.actions.find(({ id }) => id.endsWith(' run'));
        if (draft && run) await person.press(room, draft, run.id);
        const isCard = ({ actions }: Shown) => actions[0]?.id.startsWith('cancel ') === true;
        const card = await findShown(chat, person, isCard);
        const id = card.actions[0]?.id.slice('cancel '.length) ?? '';
        await person.press(room, card, `cancel ${id}`);
        const cancelled = async () =>
          (await app.sql`select cancelled_at is not null and private as cancelled from batches where id = ${id}`)[0];
        await expect.poll(cancelled, { ...patiently, message: chat.id }).toEqual({ cancelled: true });
        expect(publicIn(witness, room), chat.id).toEqual([]);
      }),
    );
    for (const chat of chats) expect([chat.id, chat.violations()]).toEqual([chat.id, []]);
  });

  it("a batch of a channel is reached from its person's direct messages", { timeout: 200_000 }, async () => {
    const { app, chats } = await start();
    await Promise.all(
      chats.map(async (chat) => {
        const { person, room } = await enter(chat, 'Ida');
        await makeBatch(chat, person, room, 1);
        const rerun = person
          .seen(room)
          .flatMap(({ actions }) => actions.find(({ id }) => id.startsWith('rerun ')) ?? [])[0];
        const id = rerun?.id.slice('rerun '.length) ?? '';
        const before = countPictures(chat, person);
        await person.type(chat.alone(person), `/show ${id}`);
        await expect.poll(() => countPictures(chat, person), { ...patiently, message: chat.id }).toBe(before + 1);
        await person.type(chat.alone(person), `/rerun ${id}`);
        await expect.poll(() => countPictures(chat, person), { ...patiently, message: chat.id }).toBe(before + 2);
        const owners = await app.sql`
          select count(distinct workspace_id)::int as workspaces, count(*)::int as batches from batches
          where person_id = (select person_id from batches where id = ${id})`;
        expect([...owners], chat.id).toEqual([{ workspaces: 1, batches: 2 }]);
      }),
    );
    for (const chat of chats) expect([chat.id, chat.violations()]).toEqual([chat.id, []]);
  });

  it('who takes no direct messages is told so, and nothing is made or paid', { timeout: 200_000 }, async () => {
    const { app, chats } = await start();
    await Promise.all(
      chats.map(async (chat) => {
        const { person, room } = await enter(chat, 'Jo');
        chat.shut(person);
        await person.type(room, `/imagine a fox that ${chat.id} refuses --private on`);
        // Where nothing can be said to the person alone, they are asked to open the chat.
        const told = say(person, chat.id === 'telegram' ? 'telegram.startFirst' : 'errors.private.closed');
        await expect
          .poll(() => person.seen(room).some(({ text }) => text.includes(told)), { ...patiently, message: chat.id })
          .toBe(true);
        expect([...(await app.sql`select 1 from batches where prompt like ${`%${chat.id} refuses%`}`)]).toEqual([]);
      }),
    );
    expect([...(await app.sql`select 1 from quotas where held > 0`)]).toEqual([]);
  });
});

async function enter(chat: Chat, name: string) {
  const person = chat.addPerson(name, 'en');
  const witness = chat.addPerson(`witness of ${name}`, 'en');
  const room = chat.addRoom(`private-${name.toLowerCase()}`);
  await witness.type(room, '/help');
  return { person, witness, room };
}

/** What everybody in the room can see. */
const publicIn = (person: Chatter, room: Room) => person.seen(room).filter(({ isPrivate }) => !isPrivate);

/** Pictures of galleries, alone with the bot. */
const countPictures = (chat: Chat, person: Chatter) =>
  picturesOf(person.seen(chat.alone(person))).reduce((sum, { images }) => sum + images.length, 0);

async function findShown(chat: Chat, person: Chatter, fits: (shown: Shown) => boolean) {
  const find = () => person.seen(chat.alone(person)).find(fits);
  await expect.poll(find, { ...patiently, message: `${chat.id}: what is to be shown` }).toBeDefined();
  const found = find();
  if (!found) throw new Error('it is gone');
  return found;
}
