import { expect, it } from 'vitest';
import type { Chat, Chatter, Room } from '#tests/app/chats.ts';
import { patiently, say, startService } from '#tests/app/service.ts';

it.each(['direct', 'webhook'] as const)(
  "a mapped role of each platform's is given and taken there, and holds at the next command (%s)",
  {
    timeout: 200_000,
  },
  async (way) => {
    await using service = await startService(way);
    const { chats, app } = service;
    for (const chat of chats) {
      const room = chat.addRoom('studio');
      const owner = chat.addOwner('Olga', 'en', room);
      const person = chat.addPerson('Gwen', 'zh-TW');
      const role = await chat.addRole('designers', room);
      expect(await answerTo(chat, person, room, '/admin role'), chat.id).toContain(refused(person));
      // Known by then, whatever the app gives away.
      const mapped = await answerTo(chat, owner, room, `/admin role map ${role.typed} admin`);
      expect(mapped, chat.id).toContain(
        chat.id === 'telegram' ? say(owner, 'commands.admin.acts.role.admins') : 'designers',
      );
      for (let round = 0; round < 2; round += 1) {
        await role.give(person);
        expect(await answerTo(chat, person, room, '/admin role'), chat.id).toContain(shown(person));
        await role.take(person);
        expect(await answerTo(chat, person, room, '/admin role'), chat.id).toContain(refused(person));
      }
      const set = await answerTo(chat, owner, room, `/admin role set ${person.mention} admin`);
      expect(set, chat.id).toContain(say(owner, 'commands.admin.acts.role.set', { name: 'Gwen', role: 'admin' }));
      expect(await answerTo(chat, person, room, '/admin role'), chat.id).toContain(shown(person));
      await answerTo(chat, owner, room, `/admin role set ${person.mention} default`);
      await answerTo(chat, owner, room, '/admin role map everyone guest');
      expect(await answerTo(chat, person, room, '/admin role'), chat.id).toContain(refused(person));
      expect(await answerTo(chat, person, room, '/why imagine a fox --n 3'), chat.id).toContain(
        say(person, 'commands.why.yes'),
      );
      const why = await answerTo(chat, owner, room, `/admin why ${person.mention} imagine --n 40`);
      expect(why, chat.id).toContain(say(owner, 'commands.why.noFor', { name: 'Gwen' }));
      expect([chat.id, chat.violations()]).toEqual([chat.id, []]);
    }
    const rows = await app.sql`
    select w.platform, m.role from members m join workspaces w on w.id = m.workspace_id
    join accounts a using (person_id) where a.name = 'Gwen' order by 1`;
    expect([...rows]).toEqual(['discord', 'slack', 'telegram'].map((platform) => ({ platform, role: 'guest' })));
  },
);

const refused = (person: Chatter) => say(person, 'errors.role.required', { role: say(person, 'roles.admin') });
const shown = (person: Chatter) => say(person, 'commands.admin.acts.role.title');

/** What a person is answered, wherever they see it. */
async function answerTo(chat: Chat, person: Chatter, room: Room, line: string): Promise<string> {
  const before = new Set(person.seen(room).map(({ id }) => id));
  await person.type(room, line);
  const fresh = () => person.seen(room).filter(({ id }) => !before.has(id));
  await expect.poll(() => fresh().length, { ...patiently, message: `${chat.id}: ${line}` }).toBeGreaterThan(0);
  return fresh()
    .map(({ text }) => text)
    .join('\n');
}
