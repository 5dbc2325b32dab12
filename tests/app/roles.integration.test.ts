import { expect, it } from 'vitest';
import type { Chat, Chatter, Room } from '#tests/app/chats.ts';
import { find, patiently, say, startService } from '#tests/app/service.ts';

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

it.each(['direct', 'webhook'] as const)(
  'who was taken off decides nothing alone with the bot, on the app itself or on another one, until they are put on again (%s)',
  { timeout: 300_000 },
  async (way) => {
    await using service = await startService(way);
    const [discord, slack, telegram] = service.chats;
    if (!discord || !slack || !telegram) throw new Error('three apps');
    const desks = await Promise.all(service.chats.map(openDesk));
    const [onDiscord, onSlack] = desks;
    if (!onDiscord || !onSlack) throw new Error('three desks');
    const code = /\/\S*link (\S+)/.exec(
      await answerTo(slack, onSlack.manager, slack.alone(onSlack.manager), '/link'),
    )?.[1];
    const joined = await answerTo(
      discord,
      onDiscord.manager,
      discord.alone(onDiscord.manager),
      `/link ${code} --sure on`,
    );
    expect(joined).toContain(say(onDiscord.manager, 'commands.link.undo').split('/')[0]);
    for (const { chat, room, person, manager, role } of desks) {
      const decider = chat.id === 'slack' ? onDiscord.manager : manager;
      const from = chat.id === 'slack' ? discord : chat;
      const decide = (line: string) => answerTo(from, decider, from.alone(decider), line);
      await person.type(room, `/imagine a green ${word}`);
      const refusal = await find(chat, person, room, ({ actions }) => actions.some(({ id }) => id.endsWith(' ask')));
      const ask = refusal.actions.find(({ id }) => id.endsWith(' ask'))?.id ?? '';
      await person.press(room, refusal, ask);
      await find(chat, manager, chat.alone(manager), ({ text }) => text.includes(`a green ${word}`));
      const draft = ask.split(' ')[1] ?? '';
      await role.take(manager);
      for (const act of ['approve', 'deny'])
        expect(await decide(`/admin ${act} ${draft}`), chat.id).toContain(refused(decider));
      await role.give(manager);
      const [done] = say(decider, 'approval.done', { draft, batch: '|' }).split('|');
      expect(await decide(`/admin approve ${draft}`), chat.id).toContain(done);
      expect(chat.violations(), chat.id).toEqual([]);
    }
    const made = await service.app.sql`
      select w.platform, count(*)::int as batches from batches b join workspaces w on w.id = b.workspace_id group by 1 order by 1`;
    expect([...made]).toEqual(['discord', 'slack', 'telegram'].map((platform) => ({ platform, batches: 1 })));
  },
);

/** No server of ours knows it. */
const word = 'zorgon';

/** A room whose manager is one by the app's own role, with a word that they have to let pass. */
async function openDesk(chat: Chat) {
  const room = chat.addRoom('desk');
  const owner = chat.addOwner('Olga', 'en', room);
  const person = chat.addPerson('Bo', 'en');
  const manager = chat.addPerson('Gwen', 'zh-TW');
  const role = await chat.addRole('designers', room);
  for (const one of [owner, person, manager]) await answerTo(chat, one, chat.alone(one), '/help');
  await answerTo(chat, owner, room, `/admin role map ${role.typed} admin`);
  await answerTo(chat, owner, room, `/admin words add ${word}`);
  await role.give(manager);
  await answerTo(chat, manager, room, '/quota');
  return { chat, room, person, manager, role };
}

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
