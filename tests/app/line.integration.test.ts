import { expect, it } from 'vitest';
import { isCard, patiently, picturesOf, say } from '#tests/app/service.ts';
import { startProcesses } from '#tests/app/start-processes.ts';
import { findFreePort } from '#tests/find-free-port.ts';

const peopleEach = 60;
/** One in so many wants a picture, the others ask what is left. */
const everyNth = 6;
/** What a process had answered and not yet written down as answered when it died. */
const unwrittenMax = 16;
/** Placeholder pictures are drawn one after the other, each in seconds where the machine is busy. */
const untilDrawn = { ...patiently, timeout: 300_000 };

it('a crowd that is acknowledged is answered, also when the process is killed right then and another one starts', {
  timeout: 500_000,
}, async () => {
  await using service = await startProcesses('webhook');
  const { chats, sql } = service;
  const port = await findFreePort();
  const start = async (parts: string) => {
    const easel = await service.start(parts, port);
    await Promise.all(chats.map((chat) => chat.connected(`http://127.0.0.1:${port}`)));
    return easel;
  };
  const first = await start('bots,http');
  const asked = chats.flatMap((chat) =>
    Array.from({ length: peopleEach }, (_, index) => {
      const person = chat.addPerson(`person-${index}`, index % 2 ? 'zh-TW' : 'en');
      const prompt = index % everyNth === 0 ? `a fox of ${chat.id} ${index}` : undefined;
      return { chat, person, room: chat.addRoom(`room-${index}`), prompt };
    }),
  );
  const lineOf = (prompt: string | undefined) => (prompt ? `/imagine ${prompt} --draft off` : '/quota');
  await Promise.all(asked.map(({ person, room, prompt }) => person.type(room, lineOf(prompt))));
  const waiting = (await sql`select 1 from waiting_deliveries`).length;
  first.child.kill('SIGKILL');
  await first.ended;
  expect(waiting).toBeGreaterThan(0);

  await start('bots,http,worker');
  const left = async () => (await sql`select 1 from waiting_deliveries`).length;
  await expect.poll(left, patiently).toBe(0);
  const twice = { discord: 0, slack: 0, telegram: 0 };
  for (const { chat, person, room, prompt } of asked) {
    const about = `${chat.id} ${prompt ?? person.mention}`;
    if (prompt) {
      const pictures = () => picturesOf(person.seen(room)).reduce((sum, { images }) => sum + images.length, 0);
      await expect.poll(pictures, { ...untilDrawn, message: about }).toBe(1);
      const cards = person.seen(room).filter(({ text }) => isCard(text));
      expect(
        cards.map(({ text }) => text.includes(prompt)),
        about,
      ).toEqual([true]);
      continue;
    }
    const title = say(person, 'commands.quota.spent');
    const answers = () => person.seen(room).filter(({ text }) => text.includes(title)).length;
    await expect.poll(answers, { ...patiently, message: about }).toBeGreaterThan(0);
    twice[chat.id] += answers() - 1;
  }
  expect(twice.discord).toBe(0);
  expect(twice.slack + twice.telegram).toBeLessThanOrEqual(unwrittenMax);
  console.info(`line: ${waiting} of ${asked.length} waited; answered twice: ${JSON.stringify(twice)}`);
  expect(chats.map((chat) => [chat.id, chat.violations()])).toEqual(chats.map(({ id }) => [id, []]));
  const sums = await sql`
    select count(*) filter (where state = 'succeeded')::int as made, count(*)::int as asked from images`;
  expect([...sums]).toEqual([{ made: asked.length / everyNth, asked: asked.length / everyNth }]);
});
