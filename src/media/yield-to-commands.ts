import { readdir, readFile } from 'node:fs/promises';
import { platform, setPriority } from 'node:os';

/** Between a program's usual 0 and the least, 19: still a tenth of a busy core. */
const niceness = 10;

/**
 * Lets the threads that draw and encode wait for the one that answers people, where both want a core: libuv's pool, and
 * with it the threads of libvips, which inherit it. Linux alone tells threads apart (`man 2 setpriority`, under notes).
 */
export async function yieldToCommands(): Promise<void> {
  const tasks = '/proc/self/task';
  const threads = await readdir(tasks).catch(() => []);
  for (const thread of threads) {
    const name = await readFile(`${tasks}/${thread}/comm`, 'utf8').catch(() => '');
    if (name.trim() === 'libuv-worker') lower(Number(thread));
  }
}

/** The same for the thread that calls this, which must not be the one that answers people. */
export function yieldThisThread(): void {
  // Elsewhere it would be the whole process.
  if (platform() === 'linux') lower(0);
}

/** A thread that has ended meanwhile, or a container that forbids it: pictures are drawn all the same. */
function lower(thread: number): void {
  try {
    setPriority(thread, niceness);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_SYSTEM_ERROR') throw error;
  }
}
