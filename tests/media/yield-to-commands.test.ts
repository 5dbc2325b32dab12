import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const isLinux = process.platform === 'linux';
const program = fileURLToPath(new URL('print-threads.ts', import.meta.url));

it.runIf(isLinux)('threads that draw give way to the one that answers people', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  const { own, threads } = JSON.parse(stdout) as { own: number; threads: { name: string; niceness: number }[] };
  const drawing = threads.filter(({ name }) => /^(libuv-worker|libvips worker)$/.test(name));
  expect(drawing.map(({ name }) => name)).toContain('libvips worker');
  for (const { niceness } of drawing) expect(niceness).toBeGreaterThan(own);
});
