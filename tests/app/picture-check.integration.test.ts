import { afterAll, describe, expect, it } from 'vitest';
import type { Chat, Chatter, Shown } from '#tests/app/chats.ts';
import { patiently, picturesOf, type Service, say, startService } from '#tests/app/service.ts';
import { createFakePictureCheck } from '#tests/fakes/picture-check.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';
import { noise } from '#tests/media/pictures.ts';
import { sharpnessOf } from '#tests/media/sharpness.ts';

/** Of noise, from which on it can be seen what a picture is, and up to which nothing can. */
const clearFrom = 30;
const blurredTo = 12;

describe('on Discord, Slack and Telegram', () => {
  const pictureCheck = createFakePictureCheck('suggestive');
  let service: Service | undefined;
  const start = async () => {
    service ??= await startService('direct', undefined, {}, { providers: [await noisyProvider()], pictureCheck });
    return service;
  };
  afterAll(async () => service?.[Symbol.asyncDispose]());

  it('a suggestive picture is hidden where the app can, else blurred, and clear for who asked, alone', {
    timeout: 200_000,
  }, async () => {
    const { chats } = await start();
    pictureCheck.rating = 'suggestive';
    await Promise.all(
      chats.map(async (chat) => {
        const { person, witness, room } = await enter(chat, 'Mia');
        const id = await make(chat, person, room);
        const [hidden, sharp] = await look(gallery(witness.seen(room)));
        const hides = chat.id !== 'slack';
        expect(hidden, chat.id).toEqual([hides, hides]);
        for (const one of sharp) hides ? expect(one).toBeGreaterThan(clearFrom) : expect(one).toBeLessThan(blurredTo);
        expect(
          gallery(witness.seen(room)).some(({ text }) => text.includes(`show ${id} 1,2`)),
          chat.id,
        ).toBe(!hides);
        await expectClearAlone(chat, person, id);
      }),
    );
    for (const chat of chats) expect([chat.id, chat.violations()]).toEqual([chat.id, []]);
  });

  it('where managers have it blurred, nothing that was sent to a channel shows it', { timeout: 200_000 }, async () => {
    const { chats } = await start();
    pictureCheck.rating = 'suggestive';
    await Promise.all(
      chats.map(async (chat) => {
        const { person, witness, room } = await enter(chat, 'Noa');
        const owner = chat.addOwner('Olga', 'en', room);
        await owner.type(room, '/admin pictures suggestive blur --channel');
        const told = say(owner, 'commands.admin.acts.pictures.title');
        await expect.poll(() => owner.seen(room).some(({ text }) => text.includes(told)), patiently).toBe(true);
        const id = await make(chat, person, room);
        await person.type(room, `/show ${id} --as files`);
        // Slack shows a picture that came as a file as it shows every other.
        const everything = () =>
          witness.seen(room).flatMap(({ images, files }) => [...images, ...files.map(({ bytes }) => bytes)]);
        await expect.poll(() => everything().length, { ...patiently, message: `${chat.id}: files` }).toBeGreaterThan(3);
        for (const bytes of everything()) expect(await sharpnessOf(bytes), chat.id).toBeLessThan(blurredTo);
        await expectClearAlone(chat, person, id);
      }),
    );
    for (const chat of chats) expect([chat.id, chat.violations()]).toEqual([chat.id, []]);
  });

  it('an explicit picture is blocked: it is named on the card, costs nothing and is posted nowhere', {
    timeout: 200_000,
  }, async () => {
    const { app, chats } = await start();
    pictureCheck.rating = 'explicit';
    await Promise.all(
      chats.map(async (chat) => {
        const { person, witness, room } = await enter(chat, 'Pat');
        await person.type(room, `/imagine what ${chat.id} blocks --n 2`);
        const reason = say(person, 'errors.provider.picture_blocked');
        await expect
          .poll(() => witness.seen(room).some(({ text }) => text.includes(reason)), { ...patiently, message: chat.id })
          .toBe(true);
        expect(gallery(witness.seen(room)), chat.id).toEqual([]);
        const rows = await app.sql`
          select i.state, i.original, l.kind, l.credits, l.money_micros::int as micros from images i
          join ledger l on l.source = 'image:' || i.id where i.prompt = ${`what ${chat.id} blocks`} and l.kind <> 'reserve'`;
        const blocked = { state: 'blocked', original: null, kind: 'refund', credits: 1, micros: 0 };
        expect([...rows], chat.id).toEqual([blocked, blocked]);
      }),
    );
    expect([...(await app.sql`select 1 from quotas where held > 0`)]).toEqual([]);
  });
});

async function enter(chat: Chat, name: string) {
  const person = chat.addPerson(name, 'en');
  const witness = chat.addPerson(`witness of ${name}`, 'en');
  const room = chat.addRoom(`pictures-${name.toLowerCase()}`);
  await witness.type(room, '/help');
  return { person, witness, room };
}

const gallery = (shown: Shown[]) => picturesOf(shown.filter(({ isPrivate }) => !isPrivate));

/** Two pictures, with the id of their batch. */
async function make(chat: Chat, person: Chatter, room: { id: string }): Promise<string> {
  await person.type(room, '/imagine a secret --n 2');
  const shown = () => gallery(person.seen(room)).reduce((sum, { images }) => sum + images.length, 0);
  await expect.poll(shown, { ...patiently, message: `${chat.id}: the gallery` }).toBe(2);
  const find = () =>
    person.seen(room).flatMap(({ actions }) => actions.find(({ id }) => id.startsWith('rerun ')) ?? []);
  await expect.poll(() => find().length, { ...patiently, message: `${chat.id}: the card` }).toBeGreaterThan(0);
  return find()[0]?.id.slice('rerun '.length) ?? '';
}

async function look(shown: Shown[]): Promise<[hidden: boolean[], sharp: number[]]> {
  const sharp = await Promise.all(shown.flatMap(({ images }) => images).map(sharpnessOf));
  return [shown.flatMap(({ hidden }) => hidden), sharp];
}

async function expectClearAlone(chat: Chat, person: Chatter, id: string): Promise<void> {
  const own = () => picturesOf(person.seen(chat.alone(person)));
  const before = own().length;
  await person.type(chat.alone(person), `/show ${id} 1`);
  await expect.poll(() => own().length, { ...patiently, message: `${chat.id}: alone` }).toBeGreaterThan(before);
  const [hidden, sharp] = await look(own().slice(before));
  expect(hidden, chat.id).toEqual([false]);
  for (const one of sharp) expect(one, chat.id).toBeGreaterThan(clearFrom);
}

/** Whose pictures are of nothing but edges. */
async function noisyProvider() {
  const provider = createFakeProvider({ concurrency: 8 });
  const bytes = await noise(256, 256).png().toBuffer();
  return {
    ...provider,
    generate: async (...given: Parameters<typeof provider.generate>) => ({
      ...(await provider.generate(...given)),
      bytes,
    }),
  };
}
