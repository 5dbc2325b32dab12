import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { startEmbeddedPostgres } from '#db/embedded.ts';
import { createLogger } from '#src/logger.ts';
import { withDataDir, withEasel } from './easel.ts';
import { percentile, round, time } from './figures.ts';

const runs = 5;

/** From `npm start`, installed and with data present, to /readyz 200; beside it what its parts cost alone. Medians. */
export async function run(): Promise<object[]> {
  return withDataDir(async (dataDir) => {
    const firstMs = await timeToReady(dataDir);
    const readyMs = await repeat(() => timeToReady(dataDir));
    const postgresMs = await repeat(() => timePostgres(dataDir));
    const nodeMs = await repeat(() => time(() => finish(process.execPath, ['-e', '0'])));
    const npmMs = await repeat(() => time(() => finish('npm', ['--version'])));
    const median = (values: readonly number[]) => round(percentile(values, 0.5));
    return [
      {
        bench: 'start',
        runs,
        readyMs: median(readyMs),
        slowestMs: round(Math.max(...readyMs)),
        emptyDataDirMs: round(firstMs),
        limits: { nodeMs: median(nodeMs), npmMs: median(npmMs), postgresMs: median(postgresMs) },
      },
    ];
  });
}

async function repeat(work: () => Promise<number>): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < runs; index++) times.push(await work());
  return times;
}

async function timeToReady(dataDir: string): Promise<number> {
  const startedAt = performance.now();
  return withEasel(dataDir, async () => performance.now() - startedAt);
}

async function timePostgres(dataDir: string): Promise<number> {
  const startedAt = performance.now();
  const database = await startEmbeddedPostgres({ dataDir, log: createLogger('error') });
  const ms = performance.now() - startedAt;
  await database.stop();
  return ms;
}

async function finish(command: string, args: string[]): Promise<void> {
  await once(spawn(command, args, { stdio: 'ignore' }), 'exit');
}
