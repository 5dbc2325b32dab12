import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import type { ShownMessage } from '#bots/playground/outbound.ts';
import { startEmbeddedPostgres } from '#db/embedded.ts';
import { migrateDatabase } from '#db/migrate.ts';
import { createLogger } from '#src/logger.ts';
import { isDoneCard, isGallery, playgroundClient } from '#tests/playground-client.ts';
import { type EaselProcess, startProcess } from '#tests/start-process.ts';
import { checkBooks } from '#tests/versions/check-books.ts';

/** Which processes run in a round, each with its parts; requests go to the first that listens. */
type Version = 'before' | 'this';
type Round = {
  name: string;
  processes: readonly { version: Version; parts: string }[];
  /** Resolves when a gallery was seen; a batch of the round's name unless said otherwise. */
  ask?: (url: string, name: string) => Promise<void>;
};

const all = 'bots,http,worker';
const front = 'bots,http';
const rounds: readonly Round[] = [
  { name: 'the version before, alone', processes: [{ version: 'before', parts: all }] },
  {
    name: 'the version before asks, this one works',
    processes: [
      { version: 'before', parts: front },
      { version: 'this', parts: 'worker' },
    ],
  },
  {
    name: 'this version asks, the one before works',
    processes: [
      { version: 'this', parts: front },
      { version: 'before', parts: 'worker' },
    ],
  },
  {
    name: 'both ask and work',
    processes: [
      { version: 'before', parts: all },
      { version: 'this', parts: all },
    ],
  },
  { name: 'this version, alone', processes: [{ version: 'this', parts: all }] },
  {
    name: 'a button of the version before, in this one',
    processes: [{ version: 'this', parts: all }],
    ask: pressOldest,
  },
];
const imagesEach = 4;
const galleryMs = 60_000;

const [, , folderBefore] = process.argv;
if (!folderBefore) throw new Error('usage: run.ts <folder of the version before>');
const here = join(import.meta.dirname, '../..');
const folderOf: Record<Version, string> = { before: folderBefore, this: here };

const dataDir = await mkdtemp(join(tmpdir(), 'easel-versions-'));
const database = await startEmbeddedPostgres({ dataDir: join(dataDir, 'database'), log: createLogger('error') });
const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
try {
  await migrateDatabase(database.url);
  for (const round of rounds) {
    await runRound(round);
    console.log(`passed: ${round.name}`);
  }
} finally {
  await sql.end();
  await database.stop();
  await rm(dataDir, { recursive: true, force: true });
}

/** Asks every process that listens and waits for the galleries; then all of them stop as they should. */
async function runRound({ name, processes, ask = requestGallery }: Round): Promise<void> {
  const started = processes.map(({ version, parts }) => ({ parts, easel: start(version, parts) }));
  try {
    const urls = await Promise.all(started.map(({ easel }) => easel.ready()));
    const asked = started.flatMap(({ parts }, index) => (parts.includes('bots') ? [urls[index] ?? ''] : []));
    await Promise.all(asked.map((url, index) => ask(url, `${name} ${index}`)));
    // The card's last edit follows the pictures; a process that stops before leaves it to the next.
    await checkBooks(sql);
    for (const { easel } of started) easel.child.kill('SIGTERM');
    const ends = await Promise.all(started.map(({ easel }) => easel.ended));
    if (ends.some(({ code }) => code !== 0)) throw new Error(`did not stop well: ${JSON.stringify(ends)}`);
  } catch (error) {
    const said = started.flatMap(({ easel }) => [...easel.stdout, ...easel.stderr].slice(-20));
    throw new Error(`${name}: failed\n${said.join('\n')}`, { cause: error });
  } finally {
    for (const { easel } of started) easel.child.kill('SIGKILL');
  }
}

function start(version: Version, parts: string): EaselProcess {
  const env = { DATABASE_URL: database.url, DATA_DIR: dataDir, PORT: '0', EASEL_RUN: parts };
  const redis = process.env.REDIS_URL ? { REDIS_URL: process.env.REDIS_URL } : {};
  return startProcess('main', { ...env, ...redis }, folderOf[version]);
}

async function requestGallery(url: string, prompt: string): Promise<void> {
  const ada = playgroundClient(url, 'ada');
  await galleryAfter(ada, prompt, () => ada.say(`/imagine ${prompt} --n ${imagesEach}`));
}

/** The oldest card's own button, first by somebody who may not, then by its person. */
async function pressOldest(url: string): Promise<void> {
  const ada = playgroundClient(url, 'ada');
  const card = (await ada.messages()).find(isDoneCard);
  const action = card?.actions.find(({ id }) => id.startsWith('rerun '))?.id;
  if (!card || !action) throw new Error('the oldest card has no button to make it again');
  const batch = action.split(' ')[1] ?? '';
  const bo = playgroundClient(url, 'bo');
  await bo.say('/language en');
  await bo.say(`/${action}`);
  await bo.waitFor(({ author, text }) => author === 'easel' && text.startsWith(`You have no batch “${batch}” here`));
  const [first] = rounds;
  await galleryAfter(ada, first?.name ?? '', () => ada.press(card.id, action));
}

async function galleryAfter(ada: ReturnType<typeof playgroundClient>, prompt: string, ask: () => Promise<string>) {
  const seen = new Set((await ada.messages()).map(({ id }) => id));
  await ask();
  const isOwn = (message: ShownMessage) =>
    !seen.has(message.id) &&
    isGallery(message) &&
    message.images.length === imagesEach &&
    message.images.every(({ alt }) => alt.includes(prompt));
  const gallery = await ada.waitFor(isOwn, galleryMs);
  await ada.picture(gallery, 0);
}
