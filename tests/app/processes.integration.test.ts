import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Chat, startChat } from '#tests/app/chats.ts';
import { isCard, patiently, picturesOf } from '#tests/app/service.ts';
import { createTestDatabase } from '#tests/create-test-database.ts';
import { type EaselProcess, startProcess } from '#tests/start-process.ts';

/** How long two bot processes run at once; a minute shows more than a quick run has time for. */
const togetherSeconds = Number(process.env.TEST_TOGETHER_SECONDS ?? 3);

let chats: Chat[];
let dataDir: string;
let databaseUrl: string;
let sql: postgres.Sql;
const processes: EaselProcess[] = [];

beforeAll(async () => {
  chats = await Promise.all((['discord', 'slack', 'telegram'] as const).map((id) => startChat[id]('direct')));
  databaseUrl = await createTestDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'easel-processes-'));
  sql = postgres(databaseUrl, { max: 2, onnotice: () => undefined });
});
afterAll(async () => {
  for (const { child } of processes) child.kill('SIGKILL');
  await Promise.all(processes.map(({ ended }) => ended));
  await Promise.all(chats.map((chat) => chat.stop()));
  await sql.end();
  await rm(dataDir, { recursive: true, force: true });
});

/** A process of its own that runs these parts only. */
async function start(parts: string): Promise<EaselProcess> {
  const easel = startProcess('main', {
    ...Object.assign({}, ...chats.map((chat) => chat.env(''))),
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    PORT: '0',
    EASEL_RUN: parts,
    ...(process.env.REDIS_URL ? { REDIS_URL: process.env.REDIS_URL } : {}),
  });
  processes.push(easel);
  await easel.ready();
  return easel;
}

it('a worker without any connection posts what a bot process took in that was killed; then two bot processes answer everything once', {
  timeout: 240_000 + togetherSeconds * 4_000,
}, async () => {
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

  await Promise.all([start('bots'), start('bots')]);
  // The lease of the one that was killed is free at once; Socket Mode runs in both.
  const rounds = Math.max(12, Math.ceil(togetherSeconds / 2));
  for (let round = 0; round < rounds; round += 1) {
    for (const { chat, person, room } of asked) {
      const line = `/imagine round ${round} of ${chat.id}`;
      await expect
        .poll(
          () =>
            person.type(room, line).then(
              () => true,
              () => false,
            ),
          patiently,
        )
        .toBe(true);
    }
    await sleep((togetherSeconds * 1000) / rounds);
  }
  for (const { chat, person, room } of asked) {
    for (let round = 0; round < rounds; round += 1) {
      const prompt = `round ${round} of ${chat.id}`;
      const count = async () => (await sql`select 1 from batches where prompt = ${prompt}`).length;
      await expect.poll(count, { ...patiently, message: prompt }).toBe(1);
    }
    const cardsOf = (round: number) =>
      person.seen(room).filter(({ text }) => isCard(text) && text.includes(`round ${round} of ${chat.id}`)).length;
    await expect
      .poll(() => Array.from({ length: rounds }, (_, round) => cardsOf(round)), { ...patiently, message: chat.id })
      .toEqual(Array.from({ length: rounds }, () => 1));
  }
  for (const chat of chats) expect([chat.id, chat.violations()]).toEqual([chat.id, []]);
});
