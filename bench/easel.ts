import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbeddedPostgres } from '#db/embedded.ts';
import { createLogger } from '#src/logger.ts';
import { findFreePort } from '#tests/find-free-port.ts';
import { type EaselProcess, startProcess } from '#tests/start-process.ts';

/** A data folder that is gone afterwards. */
export async function withDataDir<T>(work: (dataDir: string) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'easel-bench-'));
  try {
    return await work(dataDir);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Easel as `npm start` runs it, with its own database, for as long as `work` takes. `work` gets its address once it is ready. */
export async function withEasel<T>(
  dataDir: string,
  work: (url: string, easel: EaselProcess) => Promise<T>,
  env: Record<string, string> = {},
): Promise<T> {
  const port = env.PORT ?? String(await findFreePort());
  const url = `http://127.0.0.1:${port}`;
  const easel = startProcess('npm', { DATA_DIR: dataDir, PORT: port, ...env });
  try {
    await untilReady(url, easel);
    return await work(url, easel);
  } finally {
    easel.child.kill('SIGTERM');
    await easel.ended;
  }
}

/** As `withEasel`, but with no worker: commands are taken in, and nothing is made of them. */
export async function withEaselEdge<T>(
  dataDir: string,
  work: (url: string, easel: EaselProcess, databaseUrl: string) => Promise<T>,
  env: Record<string, string> = {},
): Promise<T> {
  const { url, stop } = await startEmbeddedPostgres({ dataDir, log: createLogger('error') });
  try {
    const run = (easelUrl: string, easel: EaselProcess) => work(easelUrl, easel, url);
    return await withEasel(dataDir, run, { ...env, DATABASE_URL: url, EASEL_RUN: 'bots,http' });
  } finally {
    await stop();
  }
}

async function untilReady(url: string, easel: EaselProcess): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline && easel.child.exitCode === null) {
    const response = await fetch(`${url}/readyz`).catch(() => undefined);
    if (response?.ok) return;
    await sleep(50);
  }
  throw new Error(`not ready:\n${[...easel.stdout, ...easel.stderr].join('\n')}`);
}
