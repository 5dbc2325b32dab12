import { setTimeout as sleep } from 'node:timers/promises';
import { type ChaosPlatform, type ChaosRoom, type PlatformId, platformIds } from '#tests/chaos/platform.ts';
import { blockedWord } from '#tests/chaos/provider.ts';
import type { Random } from '#tests/chaos/random.ts';
import { imagesEach, type Scale } from '#tests/chaos/scales.ts';

/** One command that was typed, in a room of its own. */
export interface Asked {
  platform: PlatformId;
  room: ChaosRoom;
  /** A word that stands in its prompts and nowhere else. */
  marker: string;
  prompts: readonly string[];
  /** Milliseconds since the epoch. */
  at: number;
  /** The person saw that somebody took it. */
  taken: boolean;
}

/** Of the pictures, one in so many is refused by the provider for good. */
const blockedEvery = 40;
/** Commands typed for each batch, at most. */
const triesMax = 3;

/** Types commands, evenly and on all platforms, until enough batches are written. Nobody types the same again. */
export async function runLoad(
  random: Random,
  scale: Scale,
  platforms: ReadonlyMap<PlatformId, ChaosPlatform>,
  countWritten: () => Promise<number>,
): Promise<Asked[]> {
  const turns = takeTurns(random, scale);
  const asked: Asked[] = [];
  const typing: Promise<void>[] = [];
  const startedAt = performance.now();
  let typed = 0;
  let pictures = 0;
  for (;;) {
    if (typed >= triesMax * scale.batches) return asked;
    if (typed >= scale.batches) {
      await Promise.all(typing);
      // Where it cannot be asked just now, one more does no harm.
      if ((await countWritten().catch(() => 0)) >= scale.batches) return asked;
    }
    const platform = platforms.get(turns[typed % turns.length] ?? 'discord');
    if (!platform) throw new Error('no platform');
    const marker = `batch${String(typed).padStart(4, '0')}`;
    const prompts = Array.from({ length: imagesEach }, (_, index) => {
      pictures += 1;
      return `${marker} picture ${index + 1}${pictures % blockedEvery === 0 ? ` ${blockedWord}` : ''}`;
    });
    const room = platform.openRoom(marker);
    const one: Asked = { platform: platform.id, room, marker, prompts, at: Date.now(), taken: false };
    asked.push(one);
    typing.push(
      room.type(`/imagine ${prompts.join('\n')}`).then((taken) => {
        one.taken = taken;
      }),
    );
    typed += 1;
    await sleep(Math.max(0, startedAt + (typed * scale.loadMs) / scale.batches - performance.now()));
  }
}

/** Which platform comes when, each as often as its share says. */
function takeTurns(random: Random, { shares, batches }: Scale): PlatformId[] {
  const counts = platformIds.map((id) => [id, Math.round(shares[id] * batches)] as const);
  return random.shuffle(counts.flatMap(([id, count]) => Array.from({ length: count }, () => id)));
}
