import { expect, it } from 'vitest';
import type { Chat, Chatter, Room, Shown } from '#tests/app/chats.ts';
import { isCard, patiently, picturesOf, startService } from '#tests/app/service.ts';

const batchesEach = 30;
const pictures = 2;
/** People and platforms, in the one process of this test: more at the same moment is more than two busy cores answer in 3 s. */
const typedAtOnce = 10;

it('brings each of 30 batches a platform, asked for together, to its own conversation, and asks no platform for too much', {
  timeout: 280_000,
}, async () => {
  await using service = await startService('direct');
  const { chats, app } = service;
  const asked = chats.flatMap((chat) =>
    Array.from({ length: batchesEach }, (_, index) => {
      const person = chat.addPerson(`person-${index}`, index % 2 ? 'zh-TW' : 'en');
      return { chat, person, room: chat.addRoom(`room-${index}`), prompt: `a fox of ${chat.id} ${index}` };
    }),
  );
  const startedAt = performance.now();
  for (const chat of chats) {
    // Alone, as a process that has just started compiles what it runs.
    await type(asked.filter((one) => one.chat === chat).slice(0, 1));
  }
  await Promise.all(chats.map((chat) => typeInWaves(asked.filter((one) => one.chat === chat).slice(1))));
  const done = async () => (await app.sql`select 1 from postings where wanted > shown`).length;
  const made = async () => (await app.sql`select 1 from batches where gallery_at is not null`).length;
  await expect.poll(made, patiently).toBe(asked.length);
  await expect.poll(done, patiently).toBe(0);
  console.info(`crowd: ${asked.length} batches posted in ${Math.round((performance.now() - startedAt) / 1000)} s`);
  for (const { person, room, prompt } of asked) {
    const seen = person.seen(room);
    expect(countPictures(seen), prompt).toBe(pictures);
    expect(
      seen.filter(({ text }) => isCard(text)).map(({ text }) => text.includes(prompt)),
      prompt,
    ).toEqual([true]);
  }
  const faults = (chat: Chat) => ({ platform: chat.id, floods: chat.floods(), violations: chat.violations() });
  expect(chats.map(faults)).toEqual(chats.map(({ id }) => ({ platform: id, floods: 0, violations: [] })));
  const failed = await app.sql`select kind, failure from postings where failure is not null`;
  expect([...failed]).toEqual([]);
});

type Asked = readonly { person: Chatter; room: Room; prompt: string }[];

const type = (asked: Asked) =>
  Promise.all(asked.map(({ person, room, prompt }) => person.type(room, `/imagine ${prompt} --n ${pictures}`)));

async function typeInWaves(asked: Asked): Promise<void> {
  for (let first = 0; first < asked.length; first += typedAtOnce) await type(asked.slice(first, first + typedAtOnce));
}

const countPictures = (seen: Shown[]) => picturesOf(seen).reduce((sum, { images }) => sum + images.length, 0);
