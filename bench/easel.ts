import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
): Promise<T> {
  const easel = startProcess('npm', { DATA_DIR: dataDir, PORT: '0' });
  try {
    const url = await easel.ready();
    const response = await fetch(`${url}/readyz`);
    if (!response.ok) throw new Error(`not ready: ${response.status}`);
    return await work(url, easel);
  } finally {
    easel.child.kill('SIGTERM');
    await easel.ended;
  }
}
