import { readdir, readFile } from 'node:fs/promises';
import { getPriority } from 'node:os';
import { openOwnDrawing } from '#media/sharp.ts';

/** A process of its own, as threads keep what they were given: draws, then prints the niceness of its threads. */
const picture = await openOwnDrawing('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>');
await picture.png().toBuffer();
const tasks = await readdir('/proc/self/task');
const threads = await Promise.all(
  tasks.map(async (task) => ({
    name: (await readFile(`/proc/self/task/${task}/comm`, 'utf8').catch(() => '')).trim(),
    niceness: getPriority(Number(task)),
  })),
);
console.log(JSON.stringify({ own: getPriority(), threads }));
