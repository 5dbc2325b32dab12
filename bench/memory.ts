import { setTimeout as sleep } from 'node:timers/promises';
import { isGallery, playgroundClient } from '#tests/playground-client.ts';
import { withDataDir, withEasel } from './easel.ts';
import { measureMemory } from './process-memory.ts';

const settleMs = 60_000;
const galleryMs = 120_000;

/** Resident memory a minute after the start, and a minute after a first batch of twenty pictures. */
export async function run(): Promise<object[]> {
  return withDataDir((dataDir) =>
    withEasel(dataDir, async (url, { child }) => {
      const measure = () => measureMemory(child.pid ?? 0);
      await sleep(settleMs);
      const idle = await measure();
      const ada = playgroundClient(url, 'ada');
      await ada.say('/imagine a red fox in snow --n 20 --draft off');
      await ada.waitFor(isGallery, galleryMs);
      const atGallery = await measure();
      await sleep(settleMs);
      return [
        { bench: 'memory', when: '60 s after ready', ...idle },
        { bench: 'memory', when: 'gallery of 20 posted', ...atGallery },
        { bench: 'memory', when: '60 s after the gallery', ...(await measure()) },
      ];
    }),
  );
}
