import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import sharp from 'sharp';
import type { ImageProvider } from '#core/ports/images.ts';
import { startEmbeddedPostgres } from '#db/embedded.ts';
import { startApp } from '#src/app.ts';
import { loadConfig } from '#src/config.ts';
import { createLogger } from '#src/logger.ts';
import { fakeModel } from '#tests/fakes/provider.ts';
import { withDataDir } from './easel.ts';
import { percentile, round } from './figures.ts';
import { firstMoment } from './first-moment.ts';
import { type SoakPlatform, startSoakDiscord, startSoakSlack, startSoakTelegram } from './soak-platforms.ts';

/** `npm run bench -- soak --short` asks for a tenth at the same rate. */
const isShort = process.argv.includes('--short');
const imagesEach = 10;
/**
 * Batches a minute on each platform. Ten pictures are ten of a hundred uploads a minute in a Slack workspace, and ten of
 * twenty messages a minute in a Telegram group, beside the card and its edits; Discord takes the rest.
 */
const perMinute = { discord: 86, slack: 7, telegram: 7 };
const batches = isShort ? 100 : 1000;
const answerMs = { min: 1_000, spread: 2_000 };
const concurrency = 64;
const settleMaxMs = 180_000;

interface Row {
  batchId: string;
  platform: SoakPlatform['id'];
  finishedAt: Date;
}

/** 1,000 batches of ten over 200 chats in 20 workspaces of three platforms, each with the limits that it documents. */
export async function run(): Promise<object[]> {
  return withDataDir(async (dataDir) => {
    await using stack = new AsyncDisposableStack();
    const platforms = [
      stack.use(await startSoakDiscord(12, 168)),
      stack.use(await startSoakSlack(25)),
      stack.use(await startSoakTelegram(7)),
    ];
    const log = createLogger('fatal');
    const database = await startEmbeddedPostgres({ dataDir, log });
    stack.defer(() => database.stop());
    const env = { DATABASE_URL: database.url, DATA_DIR: dataDir, PORT: '0', PLAYGROUND: 'off' };
    const config = loadConfig(Object.assign(env, ...platforms.map((platform) => platform.env)));
    stack.use(await startApp(config, { log, overrides: { providers: [await createSlowProvider()] } }));
    const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
    stack.defer(() => sql.end());
    await Promise.all(platforms.map((platform) => platform.connected()));

    const minutes = batches / Object.values(perMinute).reduce((sum, rate) => sum + rate, 0);
    const asked = await Promise.all(platforms.map((platform) => askAll(platform, minutes)));
    await settle(sql);
    const rows = await sql<Row[]>`
      select i.batch_id as "batchId", w.platform, max(i.finished_at) as "finishedAt"
      from images i join workspaces w on w.id = i.workspace_id where i.state = 'succeeded' group by 1, 2`;
    const failures = asked.reduce((sum, one) => sum + one.failed, 0);
    const places = platforms.map(({ id, chats, workspaces }) => ({ id, chats, workspaces }));
    return [
      {
        bench: 'soak',
        batches: asked.reduce((sum, one) => sum + one.count, 0),
        imagesEach,
        batchesPerMinute: perMinute,
        chats: places.reduce((sum, { chats }) => sum + chats, 0),
        workspaces: places.reduce((sum, { workspaces }) => sum + workspaces, 0),
        refused: failures,
        // What was asked for and has no picture, or none in time.
        unfinished: asked.reduce((sum, one) => sum + one.count, 0) - failures - rows.length,
        ...figuresOf(platforms, rows),
        byPlatform: Object.fromEntries(
          platforms.map((platform) => [
            platform.id,
            figuresOf(
              [platform],
              rows.filter((row) => row.platform === platform.id),
            ),
          ]),
        ),
        violations: platforms.flatMap((platform) => platform.violations()).slice(0, 5),
      },
    ];
  });
}

/** Evenly over the time; in one chat after the other. */
async function askAll(platform: SoakPlatform, minutes: number): Promise<{ count: number; failed: number }> {
  const count = Math.round(perMinute[platform.id] * minutes);
  const startedAt = performance.now();
  const asked: Promise<boolean>[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    const dueMs = startedAt + (turn * minutes * 60_000) / count - performance.now();
    if (dueMs > 0) await sleep(dueMs);
    asked.push(
      platform.ask(turn, `/imagine a red fox in snow --n ${imagesEach}`).then(
        () => false,
        () => true,
      ),
    );
  }
  return { count, failed: (await Promise.all(asked)).filter(Boolean).length };
}

/** Until nothing is being made and nothing is owed. */
async function settle(sql: postgres.Sql): Promise<void> {
  const deadline = Date.now() + settleMaxMs;
  while (Date.now() < deadline) {
    const [row] = await sql<{ left: number }[]>`
      select ((select count(*) from batches where gallery_at is null)
        + (select count(*) from postings where wanted > shown))::int as left`;
    if (row?.left === 0) return;
    await sleep(500);
  }
}

/** How long galleries took from their last picture, and from the later of that and the first moment they were allowed. */
function figuresOf(platforms: readonly SoakPlatform[], rows: readonly Row[]) {
  const posted = rows.flatMap(({ batchId, platform, finishedAt }) => {
    const gallery = platforms.find(({ id }) => id === platform)?.galleryOf(batchId);
    if (!gallery) return [];
    const from = finishedAt.getTime();
    const allowedAt = firstMoment(from, gallery.at, gallery.windows);
    return [{ afterPictureMs: gallery.at - from, afterAllowedMs: gallery.at - allowedAt }];
  });
  const spread = (values: readonly number[]) => ({
    p50: round(percentile(values, 0.5)),
    p95: round(percentile(values, 0.95)),
    max: round(Math.max(...values)),
  });
  const sum = (countOf: (platform: SoakPlatform) => number) =>
    platforms.reduce((total, platform) => total + countOf(platform), 0);
  return {
    galleries: posted.length,
    withoutGallery: rows.length - posted.length,
    edits: sum((platform) => platform.edits()),
    tooManyRequests: sum((platform) => platform.floods()),
    pictureToGalleryMs: spread(posted.map(({ afterPictureMs }) => afterPictureMs)),
    allowedToGalleryMs: spread(posted.map(({ afterAllowedMs }) => afterAllowedMs)),
  };
}

/** Answers after one to three seconds, by the seed, with a small picture: what is measured comes after it. */
async function createSlowProvider(): Promise<ImageProvider> {
  const create = { width: 64, height: 64, channels: 3 as const, background: { r: 200, g: 90, b: 40 } };
  const bytes = await sharp({ create }).png().toBuffer();
  return {
    id: 'soak',
    models: [{ ...fakeModel, id: 'soak', partials: false }],
    concurrency,
    placeholder: false,
    async generate({ seed = 0 }, { signal }) {
      await sleep(answerMs.min + (seed % answerMs.spread), undefined, { signal });
      return { bytes, type: 'png', warnings: [] };
    },
  };
}
