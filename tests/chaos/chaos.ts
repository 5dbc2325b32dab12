import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { startChaosDiscord } from '#tests/chaos/discord-platform.ts';
import type { Evidence } from '#tests/chaos/evidence.ts';
import { judge, type Verdict } from '#tests/chaos/judge.ts';
import { keepLogs } from '#tests/chaos/keep-logs.ts';
import { runLoad } from '#tests/chaos/load.ts';
import { findTooLittle } from '#tests/chaos/minimums.ts';
import { newHappened, playMishaps } from '#tests/chaos/mishaps.ts';
import { createPlan } from '#tests/chaos/plan.ts';
import { startPostgresServer } from '#tests/chaos/postgres-server.ts';
import { createProcesses, type Slot, slots } from '#tests/chaos/processes.ts';
import { startChaosProvider } from '#tests/chaos/provider.ts';
import { createRandom } from '#tests/chaos/random.ts';
import { readBooks } from '#tests/chaos/read-books.ts';
import { startRedisServer } from '#tests/chaos/redis-server.ts';
import { createRelays } from '#tests/chaos/relay.ts';
import type { Scale } from '#tests/chaos/scales.ts';
import { settle, type Unsettled } from '#tests/chaos/settle.ts';
import { startChaosSlack } from '#tests/chaos/slack-platform.ts';
import { startChaosTelegram } from '#tests/chaos/telegram-platform.ts';

export interface ChaosOptions {
  seed: number;
  queue: 'redis' | 'postgres';
  scale: Scale;
  /** Says what it is at. */
  tell(step: object): void;
  /** Keeps the processes' logs there. */
  logDir: string | undefined;
  /** Gives the run up; nothing is left behind. */
  signal: AbortSignal;
}

export interface ChaosResult extends Verdict {
  typed: number;
  happened: Record<string, number>;
  floods: Record<string, number>;
  settledMs: number;
}

const folder = join(import.meta.dirname, '../..');

/** Runs Easel as real processes while everything around it fails, then holds it to what it promises. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  await using stack = new AsyncDisposableStack();
  const { signal } = options;
  const givenUp = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return await Promise.race([runUntilSettled(options, stack), givenUp]);
}

async function runUntilSettled(
  { seed, queue, scale, tell, logDir }: ChaosOptions,
  stack: AsyncDisposableStack,
): Promise<ChaosResult> {
  const dataDir = await mkdtemp(join(tmpdir(), 'easel-chaos-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true, maxRetries: 10 }));
  const database = await startPostgresServer(join(dataDir, 'database'));
  stack.defer(() => database.stop());
  const redis = queue === 'redis' ? await startRedisServer(join(dataDir, 'redis')) : undefined;
  if (queue === 'redis' && !redis) throw new Error('redis-server is not installed: try --queue postgres');
  stack.defer(async () => redis?.stop());
  const provider = await startChaosProvider(scale);
  stack.defer(() => provider.stop());
  const platforms = [
    stack.use(await startChaosDiscord()),
    stack.use(await startChaosSlack()),
    stack.use(await startChaosTelegram()),
  ];
  const relays = createRelays();
  stack.defer(() => relays.close());

  const envs = new Map<Slot, Record<string, string>>();
  for (const slot of slots) {
    const parts = [...platforms, provider].map(async (service) => {
      const origin = await relays.open(slot, service.origin);
      // Files are trusted where the API is, and this process reads them.
      if (slot === 'bots' && 'leadFilesTo' in service) service.leadFilesTo(origin);
      return service.env(origin);
    });
    envs.set(slot, {
      ...Object.assign({}, ...(await Promise.all(parts))),
      ...{ DATABASE_URL: database.url, DATA_DIR: dataDir, PORT: '0', PLAYGROUND: 'off' },
      ...{ EASEL_RUN: slot.replace(/-\d+$/, '') },
      ...(redis ? { REDIS_URL: redis.url } : {}),
    });
  }
  const processes = createProcesses((slot) => envs.get(slot) ?? {}, folder);
  stack.defer(() => processes.killAll());
  await processes.startAll();
  await Promise.all(platforms.map((platform) => platform.connected()));

  const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
  stack.defer(() => sql.end({ timeout: 1 }));
  const random = createRandom(seed);
  const plan = createPlan(random, scale, queue);
  const happened = newHappened();
  const targets = {
    processes,
    postgres: database,
    redis,
    provider,
    platforms: new Map(platforms.map((platform) => [platform.id, platform])),
  };
  tell({ step: 'started', mishaps: plan.length });
  const countWritten = async () => (await sql`select 1 from batches`).length;
  const [asked] = await Promise.all([
    runLoad(random, scale, targets.platforms, readBooks(sql), countWritten),
    playMishaps(plan, targets, happened),
  ]);
  const quietAt = performance.now();
  tell({ step: 'quiet', typed: asked.length, happened: Object.fromEntries([...happened.counts].sort()) });
  await processes.allReady();
  const unsettled = await settle(sql, { database: database.url, redis: redis?.url }, scale.settleMaxMs);
  const settledMs = Math.round(performance.now() - quietAt);
  tell({ step: 'settled', settledMs, unsettled });

  const evidence: Evidence = { calls: relays.calls, instances: processes.instances, ...happened };
  const verdict = await judge(sql, dataDir, asked, targets, evidence, happened);
  const endings = await processes.stop();
  if (logDir) await keepLogs(logDir, processes.instances);
  return {
    ...verdict,
    typed: asked.length,
    happened: Object.fromEntries([...happened.counts].sort()),
    floods: Object.fromEntries(platforms.map((platform) => [platform.id, platform.floods()])),
    settledMs,
    violations: [
      ...findTooLittle(scale, queue, happened, verdict),
      ...findUnsettled(unsettled),
      ...verdict.violations,
      ...endings,
    ],
  };
}

function findUnsettled({ jobs, ...rows }: Unsettled): string[] {
  const left = { ...rows, ...jobs };
  return Object.entries(left).flatMap(([what, count]) => (count > 0 ? [`not settled: ${count} ${what}`] : []));
}
