import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { withDataDir } from './easel.ts';

/** What `npm start` runs with: scripts/run-command.mjs. */
const serverFlags = ['--max-semi-space-size=16'];
const serverEnv = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072' };

/** Images a second from command to posted gallery, beside what their pictures, files and rows cost alone; in a process of its own. */
export async function run(): Promise<object[]> {
  return withDataDir(async (dataDir) => {
    const path = fileURLToPath(new URL('pipeline-process.ts', import.meta.url));
    const child = spawn(process.execPath, [...serverFlags, ...process.execArgv, path, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...serverEnv, ...process.env },
    });
    const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    if (code !== 0) throw new Error(`the process of the pipeline ended with ${code}`);
    return [JSON.parse(printed) as object];
  });
}
