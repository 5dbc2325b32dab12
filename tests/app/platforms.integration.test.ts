import Papa from 'papaparse';
import { afterAll, describe, expect, it } from 'vitest';
import type { Chat, Chatter, Room } from '#tests/app/chats.ts';
import { isCard, makeBatch, patiently, picturesOf, type Service, say, startService } from '#tests/app/service.ts';
import { readZip, sha256 } from '#tests/read-zip.ts';

/** With 120 it takes two minutes, as that is what the platforms let through. */
const fileRows = Number(process.env.TEST_FILE_ROWS ?? 8);
const rows = Array.from({ length: fileRows }, (_, index) => `a fox in ${index};;`);
rows[0] = 'a fox;2;hero';
rows[1] = 'an owl;many;';
rows[3] = 'a {dog;;';
rows[4] = ';2;';
rows[fileRows - 1] = 'a cat;1;a/b';
const promptFile = {
  name: 'prompts.csv',
  type: 'text/csv',
  bytes: Buffer.from(['prompt;n;filename', ...rows].join('\r\n')),
};
/** Counted as a spreadsheet does, from the names of the columns on. */
const fileMistakes = new RegExp(
  `Row 3, n: .*Row 5, prompt, character 3: .*Row 6, prompt: .*Row ${fileRows + 1}, filename: `,
  's',
);
const filePictures = fileRows - 4 + 1;

describe('Discord, Slack and Telegram, each directly and by webhook', () => {
  // Nearly all of it is waiting for the platforms' pace, so all of them wait at the same time.
  let services: Service[] | undefined;
  const start = async () => {
    services ??= await startServices();
    return services.flatMap(({ app, chats }) => chats.map((chat) => ({ app, chat, name: `${chat.id}, ${chat.way}` })));
  };
  afterAll(async () => {
    await Promise.all((services ?? []).map((service) => service[Symbol.asyncDispose]()));
  });

  it('carry 1, 4 and 23 pictures from the command to the gallery where it was asked for, in two languages', {
    timeout: 200_000,
  }, async () => {
    const everywhere = await start();
    await Promise.all(
      everywhere.flatMap(({ chat }) =>
        (['en', 'zh-TW'] as const).flatMap((locale) => {
          const other = chat.addRoom(`elsewhere-${locale.toLowerCase()}`);
          const carry = async (who: string, counts: readonly number[], isLong = false) => {
            const person = chat.addPerson(who, locale);
            // Telegram lets 20 messages a minute into a group; alone with the bot a long gallery takes half a minute.
            const room = isLong && chat.id === 'telegram' ? chat.alone(person) : chat.addRoom(`studio-of-${who}`);
            for (const count of counts) await expectGallery(chat, person, room, count);
            expect(person.seen(other).filter(({ isPrivate }) => !isPrivate)).toEqual([]);
          };
          return [carry(`ada-${locale.toLowerCase()}`, [1, 4]), carry(`bo-${locale.toLowerCase()}`, [23], true)];
        }),
      ),
    );
    for (const { chat, name } of everywhere) expect([name, chat.violations(), chat.floods()]).toEqual([name, [], 0]);
  });

  it('answer privately, make a draft and stop its batch by their buttons, in the language of the one who asks', {
    timeout: 200_000,
  }, async () => {
    const everywhere = await start();
    await Promise.all(
      everywhere.map(async ({ app, chat }) => {
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
        const findDraft = () => person.seen(room).find(({ actions }) => actions.some(({ id }) => id.endsWith(' run')));
        await expect.poll(findDraft, patiently).toBeDefined();
        const draft = findDraft();
        const run = draft?.actions.find(({ id }) => id.endsWith(' run'));
        expect(run?.label).toBe(say(person, 'draft.run', { count: 50 }));
        if (draft && run) {
          await witness.press(room, draft, run.id);
          await person.press(room, draft, run.id);
        }
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
            () =>
              person.seen(room).flatMap(({ text, actions }) => (text.includes(id) ? actions.map((one) => one.id) : [])),
            patiently,
          )
          .toContain(`rerun ${id}`);
      }),
    );
    for (const { chat, name } of everywhere) expect([name, chat.violations()]).toEqual([name, []]);
  });

  it('make the rows of a file that can be read, name the four others, and give all as one zip', {
    timeout: 300_000 + 2_000 * fileRows,
  }, async () => {
    const everywhere = await start();
    await Promise.all(
      everywhere.map(async ({ app, chat, name }) => {
        const person = chat.addPerson('Fay', 'en');
        const room = chat.id === 'telegram' && fileRows > 20 ? chat.alone(person) : chat.addRoom('files');
        await person.attach(room, promptFile);
        const findDraft = () => person.seen(room).find(({ actions }) => actions.some(({ id }) => id.endsWith(' run')));
        await expect.poll(findDraft, { ...patiently, message: `${name}: the draft` }).toBeDefined();
        const draft = findDraft();
        expect(draft?.text, name).toMatch(fileMistakes);
        const run = draft?.actions.find(({ id }) => id.endsWith(' run'));
        if (draft && run) await person.press(room, draft, run.id);
        const ready = say(person, 'card.done', { count: filePictures });
        const findCard = () => person.seen(room).find(({ text }) => text.includes(ready));
        const slowly = { ...patiently, timeout: patiently.timeout + 2_000 * fileRows };
        await expect.poll(findCard, { ...slowly, message: `${name}: the finished card` }).toBeDefined();
        const card = findCard();
        const id =
          / (\w{6})$/.exec(card?.actions.find((action) => action.id.startsWith('rerun '))?.id ?? '')?.[1] ?? '';
        const shown = async () => {
          const [batch] = await app.sql`select jsonb_array_length(sheets) as sheets from batches where id = ${id}`;
          const sheetsFirst = chat.id !== 'discord' && filePictures > 10 ? batch?.sheets : 0;
          const pages = picturesOf(person.seen(room)).map(({ images }) => images.length);
          return pages.reduce((sum, count) => sum + count, 0) - sheetsFirst;
        };
        await expect.poll(shown, { ...slowly, message: `${name}: the gallery` }).toBe(filePictures);
        await person.type(room, `/zip ${id}`);
        const [manifest, ...pictures] = await readZip(
          chat.way === 'direct' ? await findFile(person, room) : await findLinked(person, room),
        );
        expect(manifest?.name).toBe('manifest.csv');
        expect(pictures.map((picture) => picture.name).slice(0, 2)).toEqual(['hero-1.png', 'hero-2.png']);
        const stored = await app.sql`select original from images where batch_id = ${id} order by number`;
        expect(pictures.map(({ bytes }) => sha256(bytes))).toEqual(
          stored.map(({ original }) => original.split('/')[1]),
        );
        const csv = Papa.parse<{ prompt: string }>(manifest?.bytes.toString() ?? '', {
          header: true,
          skipEmptyLines: true,
        });
        expect(csv.data).toHaveLength(filePictures);
      }),
    );
    for (const { chat, name } of everywhere) expect([name, chat.violations()]).toEqual([name, []]);
  });

  it('make one batch of what is delivered again and again', { timeout: 200_000 }, async () => {
    const everywhere = await start();
    await Promise.all(
      everywhere.map(async ({ app, chat, name }) => {
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
        expect(cards, name).toHaveLength(1);
        expect(await count(), name).toBe(1);
      }),
    );
  });
});

/** A zip by a link, where the service has an address that people can reach. */
async function findLinked(person: Chatter, room: Room): Promise<Uint8Array> {
  const find = () =>
    person.seen(room).flatMap(({ text }) => /http:[^\s|>)]*\/files\/[^\s|>)]*\.zip/.exec(text)?.[0] ?? [])[0];
  await expect.poll(find, patiently).toBeDefined();
  return new Uint8Array(await (await fetch(find() ?? '')).arrayBuffer());
}

/** A zip as a file in the conversation, where it has none. */
async function findFile(person: Chatter, room: Room): Promise<Uint8Array> {
  const find = () =>
    person.seen(room).flatMap(({ files }) => files.find(({ name }) => /^easel-\w{6}\.zip$/.test(name)) ?? [])[0];
  await expect.poll(find, patiently).toBeDefined();
  return find()?.bytes ?? new Uint8Array();
}

/** Each has made a picture, one platform after the other: what a first command loads takes a moment that these tests are not about. */
async function startServices(): Promise<Service[]> {
  const services = await Promise.all((['direct', 'webhook'] as const).map((way) => startService(way)));
  for (const id of ['discord', 'slack', 'telegram']) {
    const chats = services.flatMap((service) => service.chats.filter((chat) => chat.id === id));
    await Promise.all(chats.map((chat) => makeBatch(chat, chat.addPerson('First', 'en'), chat.addRoom('first'), 1)));
  }
  return services;
}

async function expectGallery(chat: Chat, person: Chatter, room: Room, count: number): Promise<void> {
  const shown = await makeBatch(chat, person, room, count);
  const cards = shown.filter(({ text }) => isCard(text));
  expect(cards, `${chat.id}: one card`).toHaveLength(1);
  // A second card so soon is posted in its turn, and may be finished by then.
  if (count === 1) {
    expect(Math.max(...shown.map(({ edits }) => edits)), `${chat.id}: edited in place`).toBeGreaterThan(0);
  }
  const galleries = picturesOf(shown);
  expect(Math.max(...galleries.map(({ images }) => images.length))).toBeLessThanOrEqual(10);
  if (count > 10 && chat.id !== 'telegram') {
    expect(
      galleries.every(({ under }) => under !== undefined),
      `${chat.id}: in a thread`,
    ).toBe(true);
  }
}
