import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instance } from '#tests/chaos/processes.ts';

/** Writes what each process said into a file of its own. */
export async function keepLogs(folder: string, instances: readonly Instance[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [index, { slot, easel, killedAt }] of instances.entries()) {
    const end = killedAt === undefined ? [] : [JSON.stringify({ time: killedAt, msg: 'killed' })];
    const lines = [...easel.stdout, ...easel.stderr, ...end];
    await writeFile(join(folder, `${String(index).padStart(3, '0')}-${slot}.log`), `${lines.join('\n')}\n`);
  }
}
