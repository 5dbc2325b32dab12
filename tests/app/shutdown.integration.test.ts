import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { expect, it } from 'vitest';
import { createTestDatabase } from '#tests/create-test-database.ts';
import { isDoneCard, isGallery, playgroundClient } from '#tests/playground-client.ts';
import { startOpenAiServer } from '#tests/servers/openai.ts';
import { startProcess } from '#tests/start-process.ts';

const imageCount = 8;
/** What main allows itself, below the ten seconds that container platforms give. */
const stopMaxMs = 9_500;
/** A job's lock lasts 10 s and a silent worker counts as gone later still: neither may be what is waited for. */
const handedOverMs = 4_000;

it('a worker that is asked to stop hands eight running pictures to another at once, and no try is counted', async () => {
  await using stack = new AsyncDisposableStack();
  const server = await startOpenAiServer({ apiKey: 'test-key', sideMax: 64 });
  stack.defer(() => server.close());
  const dataDir = await mkdtemp(join(tmpdir(), 'easel-shutdown-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true, maxRetries: 10 }));
  const databaseUrl = await createTestDatabase();
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  stack.defer(() => sql.end());
  const start = (parts: string) => {
    const easel = startProcess('main', {
      ...{ DATABASE_URL: databaseUrl, DATA_DIR: dataDir, PORT: '0', EASEL_RUN: parts },
      ...{ OPENAI_API_KEY: 'test-key', OPENAI_BASE_URL: server.url, OPENAI_CONCURRENCY: String(imageCount) },
      ...(process.env.REDIS_URL ? { REDIS_URL: process.env.REDIS_URL } : {}),
    });
    stack.defer(async () => {
      easel.child.kill('SIGKILL');
      await easel.ended;
    });
    return easel;
  };

  const front = start('bots,http');
  const first = start('worker');
  await first.ready();
  server.fail({ kind: 'hang' }, { times: imageCount });
  const ada = playgroundClient(await front.ready(), 'ada');
  await ada.say(`/imagine a red fox --n ${imageCount}`);
  await server.received(imageCount);
  const second = start('worker');
  await second.ready();

  const askedAt = performance.now();
  first.child.kill('SIGTERM');
  await server.received(2 * imageCount);
  const handedOverAfterMs = performance.now() - askedAt;
  expect(await first.ended).toEqual({ code: 0, signal: null });
  const endedAfterMs = performance.now() - askedAt;
  expect(endedAfterMs).toBeLessThan(stopMaxMs);
  // Running pictures are given half of that time to end by themselves.
  expect(handedOverAfterMs).toBeLessThan(5_000 + handedOverMs);

  expect((await ada.waitFor(isDoneCard)).progress).toEqual({ done: imageCount, total: imageCount });
  await ada.waitFor(isGallery);
  expect([...(await sql`select distinct state, attempts from images`)]).toEqual([{ state: 'succeeded', attempts: 1 }]);
  expect(server.requests).toHaveLength(2 * imageCount);
});
