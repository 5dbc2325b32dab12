import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Chat, Chatter, Room } from '#tests/app/chats.ts';
import { isCard, patiently, picturesOf } from '#tests/app/service.ts';
import { type ServiceProcesses, startProcesses } from '#tests/app/start-processes.ts';
import { type EaselProcess, parseLog } from '#tests/start-process.ts';

/** How long two bot processes run at once; a minute shows more than a quick run has time for. */
const togetherSeconds = Number(process.env.TEST_TOGETHER_SECONDS ?? 3);

it('a worker without any connection posts what a bot process took in that was killed; then two bot processes answer everything once', {
  timeout: 240_000 + togetherSeconds * 4_000,
}, async () => {
  await using service = await startProcesses('direct');
  const { chats, sql, start } = service;
  const first = await start('bots');
  await Promise.all(chats.map((chat) => chat.connected('')));
  const asked = chats.map((chat) => ({ chat, person: chat.addPerson('Ada', 'en'), room: chat.addRoom('studio') }));
  // Nobody works yet: the batches are taken in, and wait.
  for (const { chat, person, room } of asked) await person.type(room, `/imagine a fox of ${chat.id} --n 2`);
  await expect.poll(async () => (await sql`select 1 from batches`).length, patiently).toBe(3);
  await expect
    .poll(async () => (await sql`select 1 from postings where kind = 'status' and ref is not null`).length, patiently)
    .toBe(3);
  first.child.kill('SIGKILL');
  await first.ended;

  await start('worker');
  for (const { chat, person, room } of asked) {
    const countPictures = () => picturesOf(person.seen(room)).reduce((sum, { images }) => sum + images.length, 0);
    await expect.poll(countPictures, { ...patiently, message: chat.id }).toBe(2);
    expect(person.seen(room).filter(({ text }) => isCard(text))).toHaveLength(1);
  }

  // The lease of the one that was killed is free at once; Socket Mode runs in both.
  const both = await Promise.all([start('bots'), start('bots')]);
  const commands = await typeTogether(asked);
  await expectEachOnce(service, commands);

  const holder = both.find((easel) => leasesOf(easel).includes('discord'));
  const [other] = both.filter((easel) => easel !== holder);
  if (!holder || !other) throw new Error('nobody holds the gateway');
  const handed = leasesOf(holder);
  const killedAt = performance.now();
  holder.child.kill('SIGKILL');
  await expect.poll(() => leasesOf(other), patiently).toEqual(expect.arrayContaining(handed));
  const takenOverMs = Math.round(performance.now() - killedAt);
  const late = asked.map(({ chat, person }) => ({
    chat,
    person,
    room: chat.addRoom('late'),
    words: `late of ${chat.id}`,
  }));
  for (const command of late) await type(command);
  await expectEachOnce(service, late);

  for (const chat of chats) expect([chat.id, chat.violations()]).toEqual([chat.id, []]);
  const shares = both.map((easel) => ({ answered: answeredBy(service, easel), leases: leasesOf(easel) }));
  console.info(
    `processes: ${commands.length} commands in ${togetherSeconds} s and ${late.length} after a kill, each answered once, ` +
      `by ${JSON.stringify(shares)}; ${handed.join(' and ')} taken over in ${takenOverMs} ms`,
  );
});

interface Command {
  chat: Chat;
  person: Chatter;
  room: Room;
  words: string;
}

/** Types to all platforms in turn for as long as wanted, each time in another room, as each room has its own pace. */
async function typeTogether(asked: readonly Pick<Command, 'chat' | 'person'>[]): Promise<Command[]> {
  const rounds = Math.max(12, Math.ceil(togetherSeconds / 2));
  const commands: Command[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const { chat, person } of asked) {
      const words = `round ${round} of ${chat.id}`;
      const command = { chat, person, room: chat.addRoom(`room-${round}`), words };
      await type(command);
      commands.push(command);
    }
    await sleep((togetherSeconds * 1000) / rounds);
  }
  return commands;
}

/** As a person does who sees that nobody is there yet: again and again. */
async function type({ person, room, words }: Command): Promise<void> {
  const isTaken = () =>
    person.type(room, `/imagine ${words}`).then(
      () => true,
      () => false,
    );
  await expect.poll(isTaken, patiently).toBe(true);
}

async function expectEachOnce({ sql }: ServiceProcesses, commands: readonly Command[]): Promise<void> {
  const cardsOf = ({ person, room, words }: Command) =>
    person.seen(room).filter(({ text }) => isCard(text) && text.includes(words)).length;
  const once = commands.map(({ words }) => [words, 1]);
  await expect.poll(() => commands.map((command) => [command.words, cardsOf(command)]), patiently).toEqual(once);
  const rows = await sql<{ prompt: string; count: number }[]>`
    select prompt, count(*)::int from batches where prompt in ${sql(commands.map(({ words }) => words))} group by prompt`;
  expect(new Map(rows.map(({ prompt, count }) => [prompt, count]))).toEqual(new Map(once as [string, number][]));
}

/** How many commands of each platform a process answered. */
function answeredBy({ chats }: ServiceProcesses, { stdout }: EaselProcess): Record<string, number> {
  const answered = parseLog(stdout).filter(({ msg }) => msg === 'command answered');
  return Object.fromEntries(
    chats.map(({ id }) => [id, answered.filter(({ platform }) => platform === id).length] as const),
  );
}

/** The platforms that a process has alone. */
function leasesOf({ stdout }: EaselProcess): string[] {
  return parseLog(stdout).flatMap(({ msg, lease }) => (msg === 'the lease is held' ? [String(lease)] : []));
}
