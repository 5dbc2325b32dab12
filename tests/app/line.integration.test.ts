import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Chat, startChat } from '#tests/app/chats.ts';
import { isCard, patiently, picturesOf, say } from '#tests/app/service.ts';
import { createTestDatabase } from '#tests/create-test-database.ts';
import { findFreePort } from '#tests/find-free-port.ts';
import { type EaselProcess, startProcess } from '#tests/start-process.ts';

const peopleEach = 60;
/** One in so many wants a picture, the others ask what is left. */
const everyNth = 6;
/** What a process had answered and not yet written down as answered when it died. */
const unwrittenMax = 16;

let chats: Chat[];
let dataDir: string;
let databaseUrl: string;
let sql: postgres.Sql;
const processes: EaselProcess[] = [];

beforeAll(async () => {
  chats = await Promise.all((['discord', 'slack', 'telegram'] as const).map((id) => startChat[id]('webhook')));
  databaseUrl = await createTestDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'easel-line-'));
  sql = postgres(databaseUrl, { max: 2, onnotice: () => undefined });
});
afterAll(async () => {
  for (const { child } of processes) child.kill('SIGKILL');
  await Promise.all(processes.map(({ ended }) => ended));
  await Promise.all(chats.map((chat) => chat.stop()));
  await sql.end();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(parts: string, port: number): Promise<EaselProcess> {
  const url = `http://127.0.0.1:${port}`;
  const easel = startProcess('main', {
    ...Object.assign({}, ...chats.map((chat) => chat.env(url))),
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    PORT: String(port),
    EASEL_RUN: parts,
    ...(process.env.REDIS_URL ? { REDIS_URL: process.env.REDIS_URL } : {}),
  });
  processes.push(easel);
  await easel.ready();
  await Promise.all(chats.map((chat) => chat.connected(url)));
  return easel;
}

it('a crowd that is acknowledged is answered, also when the process is killed right then and another one starts', {
  timeout: 300_000,
}, async () => {
  const port = await findFreePort();
  const first = await start('bots,http', port);
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

  await start('bots,http,worker', port);
  const left = async () => (await sql`select 1 from waiting_deliveries`).length;
  await expect.poll(left, patiently).toBe(0);
  const twice = { discord: 0, slack: 0, telegram: 0 };
  for (const { chat, person, room, prompt } of asked) {
    const about = `${chat.id} ${prompt ?? person.mention}`;
    if (prompt) {
      const pictures = () => picturesOf(person.seen(room)).reduce((sum, { images }) => sum + images.length, 0);
      await expect.poll(pictures, { ...patiently, message: about }).toBe(1);
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
