import { createHash, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { startEmbeddedPostgres } from '#db/embedded.ts';
import { createLogger } from '#src/logger.ts';
import { playgroundClient } from '#tests/playground-client.ts';
import { withBareApp } from './bare-app.ts';
import { withDataDir, withEasel } from './easel.ts';
import { percentile, round } from './figures.ts';
import { measureMemory } from './process-memory.ts';

const pictures = 500;
const pictureBytes = 2 * 1024 * 1024;
const rounds = 3;
const readersAtOnce = 4;
const slowBytesPerS = 50 * 1024 * 1024;
const settleMs = 15_000;
const sampleEveryMs = 100;
const megabyte = 1024 * 1024;
const batch = 'benchz';

/**
 * A zip of 500 pictures of 2 MB, read over loopback fast, slowly and by four at once: how much more memory the process
 * has then than when it is idle, and megabytes a second beside sending the same files one after the other. Linux only.
 */
export async function run(): Promise<object[]> {
  return withDataDir(async (dataDir) => {
    const database = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), log: createLogger('fatal') });
    try {
      const env = { DATABASE_URL: database.url };
      return await withEasel(dataDir, (url, { child }) => measure(url, child.pid ?? 0, dataDir, database.url), env);
    } finally {
      await database.stop();
    }
  });
}

async function measure(url: string, pid: number, dataDir: string, databaseUrl: string): Promise<object[]> {
  const folder = await fillBatch(url, dataDir, databaseUrl);
  const ada = playgroundClient(url, 'ada');
  await ada.say(`/zip ${batch}`);
  const [link = ''] = (await ada.waitFor(({ links }) => links.length > 0)).links;
  await sleep(settleMs);
  const idleMb = (await measureMemory(pid)).nodeMb;
  const above = async (read: () => Promise<unknown>) => (await peakDuring(pid, read)) - idleMb;

  const slowly = await above(() => drain(link, slowBytesPerS));
  const zipped: number[] = [];
  const plain: number[] = [];
  let fast = 0;
  await withBareApp('zip-plain-server.ts', { BENCH_FOLDER: folder }, async (plainUrl) => {
    for (let index = 0; index < rounds; index += 1) {
      fast = Math.max(fast, await above(async () => zipped.push(await drain(link))));
      plain.push(await drain(plainUrl));
    }
  });
  const together = await above(() => Promise.all(Array.from({ length: readersAtOnce }, () => drain(link))));
  const [zipMbPerS, plainMbPerS] = [percentile(zipped, 0.5), percentile(plain, 0.5)];
  return [
    {
      ...{ bench: 'zip', pictures, megabytes: Math.round((pictures * pictureBytes) / megabyte), idleMb },
      aboveIdleMb: { slowly, fast, together },
      ...{ zipMbPerS: round(zipMbPerS), plainMbPerS: round(plainMbPerS) },
      ratio: Number((zipMbPerS / plainMbPerS).toFixed(2)),
    },
  ];
}

/** A finished batch of pictures that were never drawn; resolves to the folder of their files. */
async function fillBatch(url: string, dataDir: string, databaseUrl: string): Promise<string> {
  const ada = playgroundClient(url, 'ada');
  await ada.say('/quota');
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  const [who] = await sql<{ workspace: string; person: string }[]>`
    select w.id as workspace, p.id as person from workspaces w, people p where w.platform = 'playground' limit 1`;
  if (!who) throw new Error('nobody has asked for anything');
  const folder = join(dataDir, 'blobs', who.workspace);
  await mkdir(folder, { recursive: true });
  const rows = [];
  for (let number = 1; number <= pictures; number += 1) {
    const bytes = randomBytes(pictureBytes);
    const name = createHash('sha256').update(bytes).digest('hex');
    await writeFile(join(folder, name), bytes);
    const known = { workspace_id: who.workspace, person_id: who.person, batch_id: batch, number, seed: number };
    const made = { state: 'succeeded', original: `${who.workspace}/${name}`, type: 'png', prompt: 'a red fox in snow' };
    const cost = { provider_id: 'bench', model: 'bench', width: 1024, height: 1024, credits: 1, period: '2026-01-01' };
    rows.push({ ...known, ...made, ...cost, seed_asked: false });
  }
  await sql`
    insert into batches (id, workspace_id, person_id, request_id, locale, time_zone, prompt, total, unfinished, finished_at, gallery_at)
    values (${batch}, ${who.workspace}, ${who.person}, 'bench', 'en', 'UTC', 'a red fox in snow', ${pictures}, 0, now(), now())`;
  await sql`insert into images ${sql(rows)}`;
  await sql.end();
  return folder;
}

/** Reads to the end, no faster than `bytesPerS`; resolves to megabytes a second. */
async function drain(url: string, bytesPerS = Number.POSITIVE_INFINITY): Promise<number> {
  const startedAt = performance.now();
  const answer = await new Promise<IncomingMessage>((resolve, reject) => get(url, resolve).on('error', reject));
  if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}`);
  let bytes = 0;
  for await (const piece of answer) {
    bytes += (piece as Buffer).length;
    const early = (bytes / bytesPerS) * 1000 - (performance.now() - startedAt);
    if (early > 20) await sleep(early);
  }
  if (bytes < pictures * pictureBytes) throw new Error(`only ${bytes} bytes came`);
  return bytes / megabyte / ((performance.now() - startedAt) / 1000);
}

/** The most resident memory that the process had meanwhile, in megabytes. */
async function peakDuring(pid: number, work: () => Promise<unknown>): Promise<number> {
  let peak = 0;
  let done = false;
  const sampling = (async () => {
    while (!done) {
      peak = Math.max(peak, (await measureMemory(pid)).nodeMb);
      await sleep(sampleEveryMs);
    }
  })();
  try {
    await work();
  } finally {
    done = true;
    await sampling;
  }
  return peak;
}
