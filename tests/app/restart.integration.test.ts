import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeBatch, patiently, say, startService } from '#tests/app/service.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';
import { startTestApp } from '#tests/start-test-app.ts';

it('buttons of an earlier process work in a later one, for their person alone', { timeout: 200_000 }, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'easel-restart-'));
  const service = await startService('webhook', undefined, { DATA_DIR: dataDir });
  const scenes = await Promise.all(
    service.chats.map(async (chat) => {
      const person = chat.addPerson('Ada', 'en');
      const stranger = chat.addPerson('Bo', 'zh-TW');
      const room = chat.addRoom('studio');
      const shown = await makeBatch(chat, person, room, 2);
      await stranger.type(room, '/help');
      const card = shown.find(({ actions }) => actions.some(({ id }) => id.startsWith('rerun ')));
      if (!card) throw new Error(`${chat.id} has no finished card`);
      return {
        chat,
        person,
        stranger,
        room,
        card,
        rerun: card.actions.find(({ id }) => id.startsWith('rerun '))?.id ?? '',
      };
    }),
  );
  await service.app.stop();

  const later = await startTestApp(service.app.env, { providers: [createFakeProvider({ concurrency: 8 })] });
  // As rows are that have lain there for a year.
  await later.sql`update batches set created_at = created_at - interval '1 year', finished_at = finished_at - interval '1 year'`;
  const count = async () => (await later.sql`select 1 from batches`).length;
  const before = await count();
  await Promise.all(
    scenes.map(async ({ chat, person, stranger, room, card, rerun }) => {
      await chat.connected(later.url);
      await stranger.press(room, card, rerun);
      await person.press(room, card, rerun);
      const again = () =>
        person
          .seen(room)
          .find(({ id, text }) => id !== card.id && text.includes(say(person, 'card.done', { count: 2 })));
      await expect.poll(again, { ...patiently, message: chat.id }).toBeDefined();
    }),
  );
  expect(await count()).toBe(before + scenes.length);
  const owners = await later.sql`
    select distinct name from batches join accounts using (person_id) where batches.created_at > now() - interval '1 day'`;
  expect([...owners]).toEqual([{ name: 'Ada' }]);
  await later.stop();
  await Promise.all(service.chats.map((chat) => chat.stop()));
  await rm(dataDir, { recursive: true, force: true });
});
