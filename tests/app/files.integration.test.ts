import { expect, it } from 'vitest';
import type { Chat, Chatter } from '#tests/app/chats.ts';
import { find, makeBatch, say, startService } from '#tests/app/service.ts';
import { readZip } from '#tests/read-zip.ts';

it('without an address for links, exports come to direct messages as files, on each platform', {
  timeout: 200_000,
}, async () => {
  await using service = await startService('direct');
  await Promise.all(
    service.chats.map(async (chat) => {
      const room = chat.addRoom('studio');
      const owner = chat.addOwner('Olga', 'en', room);
      const person = chat.addPerson('Gwen', 'zh-TW');
      for (const one of [owner, person]) await one.type(chat.alone(one), '/help');
      await makeBatch(chat, person, room, 2);
      await person.type(room, '/privacy export');
      const zipped = await readZip(await fileOf(chat, person, 'easel-export.zip'));
      const about = zipped.find(({ name }) => name === 'about.json');
      expect(JSON.parse(about?.bytes.toString() ?? ''), chat.id).toMatchObject({ format: 'easel-export' });
      expect(
        zipped.filter(({ name }) => /pictures\/\w{6}-[12]\.png$/.test(name)),
        chat.id,
      ).toHaveLength(2);

      const month = new Date().toISOString().slice(0, 7);
      await owner.type(room, '/admin usage export');
      const usage = await fileOf(chat, owner, `easel-usage-${month}.csv`);
      expect(usage.toString(), chat.id).toContain('Gwen');
      await owner.type(room, '/admin audit export');
      const log = await fileOf(chat, owner, 'easel-audit.csv');
      expect(log.toString(), chat.id).toContain('usage.export');
      const told = say(person, 'file.comes');
      expect((await find(chat, person, room, ({ text }) => text.includes(told))).isPrivate, chat.id).toBe(true);
      expect([chat.id, chat.violations()]).toEqual([chat.id, []]);
    }),
  );
});

/** A file as its reader downloads it, alone with the bot. */
async function fileOf(chat: Chat, reader: Chatter, name: string): Promise<Buffer> {
  const fits = (file: { name: string }) => file.name === name;
  const message = await find(chat, reader, chat.alone(reader), ({ files }) => files.some(fits));
  return Buffer.from(message.files.find(fits)?.bytes ?? []);
}
