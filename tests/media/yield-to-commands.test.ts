import { readdir, readFile } from 'node:fs/promises';
import { getPriority } from 'node:os';
import process from 'node:process';
import { expect, it } from 'vitest';
import { openOwnDrawing } from '#media/sharp.ts';

const isLinux = process.platform === 'linux';

it.runIf(isLinux)('threads that draw give way to the one that answers people', async () => {
  const picture = await openOwnDrawing('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>');
  await picture.png().toBuffer();
  const tasks = await readdir('/proc/self/task');
  const threads = await Promise.all(
    tasks.map(async (task) => ({
      name: (await readFile(`/proc/self/task/${task}/comm`, 'utf8').catch(() => '')).trim(),
      niceness: getPriority(Number(task)),
    })),
  );
  const own = getPriority();
  const drawing = threads.filter(({ name }) => /^(libuv-worker|libvips worker)$/.test(name));
  expect(drawing.map(({ name }) => name)).toContain('libvips worker');
  for (const { niceness } of drawing) expect(niceness).toBeGreaterThan(own);
});
