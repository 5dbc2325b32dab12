import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import type { ImageProvider } from '#core/ports/images.ts';
import { startEmbeddedPostgres } from '#db/embedded.ts';
import { openPostgresBackend, openRedisBackend } from '#jobs/queue-backend.ts';
import { drawSketch } from '#media/sketch.ts';
import { startApp } from '#src/app.ts';
import { loadConfig } from '#src/config.ts';
import { createLogger } from '#src/logger.ts';
import { fakeModel } from '#tests/fakes/provider.ts';
import { playgroundClient } from '#tests/playground-client.ts';
import { round } from './figures.ts';
import { type Load, timeLimit } from './pipeline-limit.ts';

const rounds = 3;
const warmUpBatches = 4;
const load: Omit<Load, 'pictures'> = { batches: 20, imagesEach: 10, concurrency: 4 };
const raiseCredits = '/settings --credits-owner 100000';

/** Draws nothing while it is measured: an answer is one of four pictures that are there already. */
function createInstantProvider(pictures: readonly Uint8Array[]): ImageProvider {
  let next = 0;
  return {
    id: 'instant',
    models: [{ ...fakeModel, id: 'instant', partials: false }],
    concurrency: load.concurrency,
    placeholder: false,
    async generate() {
      next += 1;
      const bytes = pictures[next % pictures.length] ?? new Uint8Array();
      return { bytes, type: 'png', warnings: [] };
    },
  };
}

async function main(dataDir: string): Promise<object> {
  const pictures = await Promise.all(
    ['a red fox in snow', 'sunset over the sea', 'a city at night', 'an old oak'].map((prompt, seed) =>
      drawSketch({ prompt, seed, width: 1024, height: 1024 }),
    ),
  );
  const log = createLogger('warn');
  await using stack = new AsyncDisposableStack();
  const database = await startEmbeddedPostgres({ dataDir, log });
  stack.defer(() => database.stop());
  const { REDIS_URL } = process.env;
  const env = { DATABASE_URL: database.url, DATA_DIR: dataDir, PORT: '0', ...(REDIS_URL ? { REDIS_URL } : {}) };
  const providers = [createInstantProvider(pictures)];
  const app = stack.use(await startApp(loadConfig(env), { log, overrides: { providers } }));
  const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
  stack.defer(() => sql.end());
  const backend = REDIS_URL
    ? await openRedisBackend(REDIS_URL, database.url, log)
    : await openPostgresBackend(database.url, 2, log);
  stack.defer(() => backend.close());

  const ada = playgroundClient(app.url, 'ada');
  await ada.say(raiseCredits);
  let expected = 0;
  const timeEasel = async (batches: number) => {
    const startedAt = performance.now();
    for (let index = 0; index < batches; index += 1) await ada.say(`/imagine a red fox in snow --n ${load.imagesEach}`);
    expected += batches;
    await untilPosted(sql, expected);
    return performance.now() - startedAt;
  };
  const limitOf = (batches: number) => timeLimit(app.deps, backend, database.url, { ...load, batches, pictures });
  await timeEasel(warmUpBatches);
  await limitOf(warmUpBatches);
  // In turn, so that what the machine does beside falls on both.
  const times: { easel: number; limit: number }[] = [];
  for (let index = 0; index < rounds; index += 1) {
    times.push({ easel: await timeEasel(load.batches), limit: await limitOf(load.batches) });
  }
  const images = load.batches * load.imagesEach;
  const perSecond = (ms: number) => round((images * 1000) / ms);
  const ratios = times.map(({ easel, limit }) => limit / easel).sort((left, right) => left - right);
  const middle = times.toSorted((one, other) => one.easel - other.easel)[Math.floor(rounds / 2)];
  return {
    bench: 'pipeline',
    queue: REDIS_URL ? 'redis' : 'postgres',
    ...load,
    imagesPerSecond: perSecond(middle?.easel ?? Number.NaN),
    limit: { imagesPerSecond: perSecond(middle?.limit ?? Number.NaN) },
    ratio: Number((ratios[Math.floor(rounds / 2)] ?? Number.NaN).toFixed(2)),
    ratios: ratios.map((ratio) => Number(ratio.toFixed(2))),
  };
}

async function untilPosted(sql: postgres.Sql, count: number): Promise<void> {
  for (;;) {
    const [row] = await sql<
      { shown: number }[]
    >`select count(*)::int as shown from postings where kind = 'gallery' and shown >= wanted`;
    if ((row?.shown ?? 0) >= count) return;
    await sleep(50);
  }
}

console.log(JSON.stringify(await main(process.argv[2] ?? '')));
