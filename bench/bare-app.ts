import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** An app that does nothing but acknowledge, in a process of its own, for as long as `work` takes. `work` gets its address. */
export async function withBareApp<T>(
  file: string,
  env: Record<string, string>,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, [path], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const ended = once(child, 'exit');
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const { url } = JSON.parse(line) as { url?: string };
      if (url) return await work(url);
    }
    throw new Error(`${file} did not start`);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}
